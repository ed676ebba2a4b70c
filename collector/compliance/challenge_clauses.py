"""What can stand against each challenge: closed rows with permanent ids, why each holds, and its words in two languages."""

from __future__ import annotations

from typing import Final, NamedTuple

from schema.words import Challenge, Standing


class Clause(NamedTuple):
    """One way in which a challenge may stand; `{0}`, `{1}` in the words are its figures."""

    clause_id: str  # permanent: a new meaning gets a new id
    challenge: Challenge
    standing: Standing
    source: str
    english: str
    italian: str


class Challenged(NamedTuple):
    """The words of a challenge itself."""

    english: str
    italian: str


#: What the other side may say.
CHALLENGES: Final[dict[Challenge, Challenged]] = {
    Challenge.PATH: Challenged(
        "Somebody on the path answered in the resolver's place.",
        "Ha risposto qualcuno lungo il percorso, al posto del resolver.",
    ),
    Challenge.STALE_CACHE: Challenged(
        "A stored copy from before the due time explains the answer.",
        "La risposta si spiega con una copia conservata da prima della scadenza.",
    ),
    Challenge.OTHER_SITE: Challenged(
        "Another site of the resolver answered than the one that users in the territory reach.",
        "Ha risposto una sede del resolver diversa da quella che gli utenti del territorio raggiungono.",
    ),
    Challenge.OUTSIDE_TERRITORY: Challenged(
        "The question was put from where the order does not reach.",
        "La domanda è partita da un luogo in cui il provvedimento non vale.",
    ),
    Challenge.OTHER_MEASURE: Challenged(
        "The operator followed the order by another measure, such as HTTP status 451.",
        "L'operatore ha dato esecuzione con un'altra misura, come lo stato HTTP 451.",
    ),
    Challenge.NAME_NOT_THE_SITE: Challenged(
        "The name was no longer the site's: dead, parked, or registered anew by somebody else.",
        "Il nome non era più del sito: inesistente, parcheggiato o registrato di nuovo da altri.",
    ),
    Challenge.CLOCK: Challenged(
        "The clock of the vantage was wrong: it was another day.",
        "L'orologio del punto di misura era errato: era un altro giorno.",
    ),
    Challenge.LINE_CHANGED: Challenged(
        "The vantage no longer stood on the line that is said.",
        "Il punto di misura non era più sulla linea dichiarata.",
    ),
    Challenge.TREATED_SPECIALLY: Challenged(
        "The resolver answers measuring machines otherwise than users.",
        "Il resolver risponde alle macchine di misura in modo diverso che agli utenti.",
    ),
    Challenge.CONTROLS_NOT_INDEPENDENT: Challenged(
        "Those who say what the true answer is depend on one another, or on the resolver.",
        "Chi attesta la risposta vera non è indipendente, o dipende dal resolver.",
    ),
    Challenge.CUSTODY: Challenged(
        "The records may have been changed or picked on their way.",
        "Le registrazioni possono essere state alterate o scelte lungo il percorso.",
    ),
}

CLAUSES: Final[tuple[Clause, ...]] = (
    Clause(
        "certificate", Challenge.PATH, Standing.EXCLUDED, "schema.words.Origin; RFC 7858 §4.2; RFC 8484 §3",
        "The deciding answer came over an encrypted channel ({0}) whose certificate shows that the resolver itself answered.",
        "La risposta decisiva è giunta su un canale cifrato ({0}) il cui certificato mostra che ha risposto il resolver stesso.",
    ),
    Clause(
        "own_line", Challenge.PATH, Standing.EXCLUDED, "schema.words.Origin",
        "The vantage stands on the operator's own network (AS{0}): what the line does there is the operator's doing.",
        "Il punto di misura è sulla rete dell'operatore stesso (AS{0}): ciò che la linea fa lì è opera dell'operatore.",
    ),
    Clause(
        "not_attributed", Challenge.PATH, Standing.NOT_EXCLUDED, "schema.words.Origin",
        "Nothing shows that the resolver itself gave the deciding answer.",
        "Nulla mostra che la risposta decisiva sia stata data dal resolver stesso.",
    ),
    Clause(
        "no_verified_channel", Challenge.PATH, Standing.NOT_TESTED, "schema.words.Origin",
        "The deciding answer came over a channel on which no certificate speaks.",
        "La risposta decisiva è giunta su un canale privo di certificato.",
    ),
    Clause(
        "older_than_caches", Challenge.STALE_CACHE, Standing.EXCLUDED, "policy, cache_s; RFC 2181 §8",
        "The name was asked {0} hours after it was due; a stored copy from before is taken to last for {1} hours at most.",
        "Il nome è stato chiesto {0} ore dopo la scadenza; una copia conservata da prima si assume che duri al più {1} ore.",
    ),
    Clause(
        "ttl_remaining", Challenge.STALE_CACHE, Standing.EXCLUDED, "RFC 1035 §3.2.1; RFC 2308 §4",
        "The remaining lifetime of the answer shows that it was stored after the due time.",
        "La durata residua della risposta mostra che è stata conservata dopo la scadenza.",
    ),
    Clause(
        "may_be_cached", Challenge.STALE_CACHE, Standing.NOT_EXCLUDED, "schema.policy.Bound",
        "The answer may have been stored before the due time.",
        "La risposta può essere stata conservata prima della scadenza.",
    ),
    Clause(
        "due_not_known", Challenge.STALE_CACHE, Standing.NOT_TESTED, "schema.policy.Bound",
        "When these questions were planned, no due time of the order was known, so nobody compared.",
        "Quando le domande sono state pianificate non era nota alcuna scadenza del provvedimento: nessun confronto è stato fatto.",
    ),
    Clause(
        "handed_out", Challenge.OTHER_SITE, Standing.EXCLUDED, "RFC 2132 §3.8; sp-002",
        "The address that was asked ({0}) is one that the line itself hands out to its users.",
        "L'indirizzo interrogato ({0}) è uno di quelli che la linea stessa assegna ai suoi utenti.",
    ),
    Clause(
        "site_in_territory", Challenge.OTHER_SITE, Standing.EXCLUDED, "RFC 4892; collector.compliance.sites",
        "The site that answered calls itself {0}, over the verified channel; it stands in the territory ({1}).",
        "La sede che ha risposto si dichiara {0}, sul canale verificato; si trova nel territorio ({1}).",
    ),
    Clause(
        "every_site", Challenge.OTHER_SITE, Standing.EXCLUDED, "order, territory",
        "The order names no territory: it reaches every site.",
        "Il provvedimento non indica un territorio: vale per ogni sede.",
    ),
    Clause(
        "site_elsewhere", Challenge.OTHER_SITE, Standing.NOT_EXCLUDED, "RFC 4892; collector.compliance.sites",
        "The site that answered calls itself {0}, which does not stand in the territory as far as is known.",
        "La sede che ha risposto si dichiara {0}, che a quanto è noto non si trova nel territorio.",
    ),
    Clause(
        "site_not_told", Challenge.OTHER_SITE, Standing.NOT_TESTED, "RFC 4892",
        "No verified channel told which site answered.",
        "Nessun canale verificato ha detto quale sede abbia risposto.",
    ),
    Clause(
        "enrolled_in", Challenge.OUTSIDE_TERRITORY, Standing.EXCLUDED, "signed plan; analyst.vantages",
        "The signed plan enrols the vantages in the territory ({0}), and answers of the same rounds bear it out: of a resolver that answers on their network only, or of a site there.",
        "Il piano firmato colloca i punti di misura nel territorio ({0}), e lo confermano risposte degli stessi cicli: di un resolver che risponde solo sulla loro rete, o di una sede che è lì.",
    ),
    Clause(
        "enrolled_only", Challenge.OUTSIDE_TERRITORY, Standing.NOT_EXCLUDED, "signed plan; analyst.vantages",
        "The signed plan enrols the vantages in the territory ({0}), and nothing else in these rounds bears it out.",
        "Il piano firmato colloca i punti di misura nel territorio ({0}), ma null'altro in questi cicli lo conferma.",
    ),
    Clause(
        "no_territory", Challenge.OUTSIDE_TERRITORY, Standing.EXCLUDED, "order, territory",
        "The order names no territory.",
        "Il provvedimento non indica un territorio.",
    ),
    Clause(
        "enrolled_elsewhere", Challenge.OUTSIDE_TERRITORY, Standing.NOT_EXCLUDED, "signed plan",
        "The signed plan enrols vantages outside the territory ({0}).",
        "Il piano firmato colloca punti di misura fuori dal territorio ({0}).",
    ),
    Clause(
        "country_not_known", Challenge.OUTSIDE_TERRITORY, Standing.NOT_TESTED, "signed plan",
        "The signed plan does not say in which country the vantages stand.",
        "Il piano firmato non dice in quale Paese si trovino i punti di misura.",
    ),
    Clause(
        "dns_alone_counts", Challenge.OTHER_MEASURE, Standing.EXCLUDED, "order, measure",
        "By the verified terms of the order only the DNS answer counts.",
        "Secondo i termini verificati del provvedimento conta solo la risposta DNS.",
    ),
    Clause(
        "measure_not_seen", Challenge.OTHER_MEASURE, Standing.EXCLUDED, "analyst.alternative_measures",
        "The site of the name was asked over HTTPS from the territory on that day and gave no status 451.",
        "Quel giorno il sito del nome è stato interrogato via HTTPS dal territorio e non ha dato lo stato 451.",
    ),
    Clause(
        "measure_seen", Challenge.OTHER_MEASURE, Standing.NOT_EXCLUDED, "RFC 7725 §3; analyst.alternative_measures",
        "The site of the name answered with HTTP status 451 on that day.",
        "Quel giorno il sito del nome ha risposto con lo stato HTTP 451.",
    ),
    Clause(
        "measure_not_tested", Challenge.OTHER_MEASURE, Standing.NOT_TESTED, "analyst.alternative_measures",
        "Nobody asked the site of the name over HTTPS on that day.",
        "Quel giorno nessuno ha interrogato il sito del nome via HTTPS.",
    ),
    Clause(
        "same_since", Challenge.NAME_NOT_THE_SITE, Standing.EXCLUDED, "analyst.name_history",
        "Independent operators found the name alive and not parked, with name servers or an SOA that lead back, without a break, to {0}.",
        "Operatori indipendenti hanno trovato il nome attivo e non parcheggiato, con name server o SOA che risalgono senza interruzione al {0}.",
    ),
    Clause(
        "not_alive", Challenge.NAME_NOT_THE_SITE, Standing.NOT_EXCLUDED, "analyst.name_history",
        "Independent operators did not find the name alive ({0}).",
        "Operatori indipendenti non hanno trovato attivo il nome ({0}).",
    ),
    Clause(
        "name_parked", Challenge.NAME_NOT_THE_SITE, Standing.NOT_EXCLUDED, "registry/fingerprints.csv, polarity parked",
        "A parking service answered for the name.",
        "Per il nome ha risposto un servizio di parcheggio.",
    ),
    Clause(
        "holder_may_differ", Challenge.NAME_NOT_THE_SITE, Standing.NOT_EXCLUDED, "analyst.name_history",
        "The name was dead, or changed name servers and SOA together, on or after {0}: somebody else may hold it.",
        "Il nome è stato inesistente, o ha cambiato insieme name server e SOA, dal {0} in poi: può averlo un altro.",
    ),
    Clause(
        "not_watched_then", Challenge.NAME_NOT_THE_SITE, Standing.NOT_EXCLUDED, "analyst.name_history",
        "The name servers are known only from {0} on, later than the day from which the name counts ({1}).",
        "I name server sono noti solo dal {0}, dopo il giorno dal quale il nome rileva ({1}).",
    ),
    Clause(
        "holder_not_known", Challenge.NAME_NOT_THE_SITE, Standing.NOT_TESTED, "analyst.name_history",
        "Nothing is known of the name's own servers on that day.",
        "Quel giorno nulla è noto dei server propri del nome.",
    ),
    Clause(
        "stamped", Challenge.CLOCK, Standing.EXCLUDED, "sp-007 §2; RFC 3161",
        "Time stamps show that the rounds were made between {0} and {1}; no clock of ours is believed for it.",
        "Marche temporali mostrano che i cicli sono stati eseguiti fra {0} e {1}, senza affidarsi ad alcun nostro orologio.",
    ),
    Clause(
        "plan_late", Challenge.CLOCK, Standing.NOT_EXCLUDED, "sp-007 §3",
        "Nothing shows that the plan was published before it started.",
        "Nulla mostra che il piano sia stato pubblicato prima dell'inizio.",
    ),
    Clause(
        "not_in_one_day", Challenge.CLOCK, Standing.NOT_EXCLUDED, "sp-007 §3",
        "The time stamps do not hold the rounds within this one day.",
        "Le marche temporali non racchiudono i cicli in questo solo giorno.",
    ),
    Clause(
        "not_stamped", Challenge.CLOCK, Standing.NOT_TESTED, "sp-007 §2",
        "No time stamp covers the rounds.",
        "Nessuna marca temporale copre i cicli.",
    ),
    Clause(
        "own_network_answers", Challenge.LINE_CHANGED, Standing.EXCLUDED, "schema.words.Origin; RFC 8914 §4.19",
        "In the same rounds a resolver answered that answers on the network of the vantage only (AS{0}).",
        "Negli stessi cicli ha risposto un resolver che risponde solo sulla rete del punto di misura (AS{0}).",
    ),
    Clause(
        "line_as_enrolled", Challenge.LINE_CHANGED, Standing.EXCLUDED, "sp-002",
        "The batches came from the same network of addresses and over the same route as the vantage's first.",
        "I lotti sono giunti dalla stessa rete di indirizzi e per la stessa via dei primi del punto di misura.",
    ),
    Clause(
        "line_differs", Challenge.LINE_CHANGED, Standing.NOT_EXCLUDED, "sp-002",
        "The address or the route of a vantage is not what it was at first ({0}).",
        "L'indirizzo o la via di un punto di misura non è quello iniziale ({0}).",
    ),
    Clause(
        "line_not_known", Challenge.LINE_CHANGED, Standing.NOT_TESTED, "sp-002",
        "Nothing that the vantages said or did shows on which line they stood.",
        "Nulla di quanto i punti di misura hanno detto o fatto mostra su quale linea fossero.",
    ),
    Clause(
        "several_keepers", Challenge.TREATED_SPECIALLY, Standing.EXCLUDED, "ADR 0034",
        "The same answer came to {0} networks kept by {1} different custodians: who would treat them specially had to know them all.",
        "La stessa risposta è giunta a {0} reti tenute da {1} custodi diversi: chi le trattasse in modo speciale doveva conoscerle tutte.",
    ),
    Clause(
        "few_keepers", Challenge.TREATED_SPECIALLY, Standing.NOT_EXCLUDED, "ADR 0034",
        "The answer came to too few networks ({0}) or too few custodians ({1}) to say that users get the same.",
        "La risposta è giunta a troppo poche reti ({0}) o troppo pochi custodi ({1}) per dire che gli utenti ricevono lo stesso.",
    ),
    Clause(
        "keepers_not_known", Challenge.TREATED_SPECIALLY, Standing.NOT_TESTED, "analyst.vantages",
        "Nobody said who keeps the vantages.",
        "Nessuno ha detto chi tenga i punti di misura.",
    ),
    Clause(
        "independent_controls", Challenge.CONTROLS_NOT_INDEPENDENT, Standing.EXCLUDED, "ADR 0004; ADR 0013",
        "The true answer was confirmed by operators with no network in common, and none with the resolver's: {0}.",
        "La risposta vera è stata confermata da operatori senza reti in comune fra loro né col resolver: {0}.",
    ),
    Clause(
        "shown_by_the_site", Challenge.CONTROLS_NOT_INDEPENDENT, Standing.EXCLUDED, "ADR 0016",
        "The address that was given showed a certificate for the name: no control is needed for it.",
        "All'indirizzo dato è stato mostrato un certificato per il nome: non serve alcun confronto.",
    ),
    Clause(
        "controls_share", Challenge.CONTROLS_NOT_INDEPENDENT, Standing.NOT_EXCLUDED, "ADR 0004",
        "Of the operators that were asked for the true answer, too few have no network in common: {0}.",
        "Degli operatori interrogati per la risposta vera, troppo pochi non hanno reti in comune: {0}.",
    ),
    Clause(
        "controls_anywhere", Challenge.CONTROLS_NOT_INDEPENDENT, Standing.NOT_EXCLUDED, "ADR 0004; policy, resolvers",
        "Of some operators that were asked for the true answer the registry does not say in which networks they stand: {0}.",
        "Di alcuni operatori interrogati per la risposta vera il registro non dice in quali reti si trovino: {0}.",
    ),
    Clause(
        "controls_in_doubt", Challenge.CONTROLS_NOT_INDEPENDENT, Standing.NOT_EXCLUDED, "ADR 0004; ADR 0013",
        "The answers of the independent operators were too few, contradicted each other, or confirm the network only.",
        "Le risposte degli operatori indipendenti erano troppo poche, contraddittorie, o confermano solo la rete.",
    ),
    Clause(
        "controls_not_known", Challenge.CONTROLS_NOT_INDEPENDENT, Standing.NOT_TESTED, "ADR 0004",
        "It is not known who was asked for the true answer.",
        "Non è noto chi sia stato interrogato per la risposta vera.",
    ),
    Clause(
        "sealed_and_stamped", Challenge.CUSTODY, Standing.EXCLUDED, "sp-003; sp-005; sp-006",
        "Every record is under the root that the vantage signed when it closed the round, and that close is in a stamped log.",
        "Ogni registrazione è sotto la radice firmata dal punto di misura alla chiusura del ciclo, e la chiusura è in un registro munito di marca temporale.",
    ),
    Clause(
        "close_disputed", Challenge.CUSTODY, Standing.NOT_EXCLUDED, "sp-006, equivocation",
        "Of a round there are two closes, or the log says that its records are not what its close says.",
        "Di un ciclo esistono due chiusure, o il registro dice che le sue registrazioni non sono quelle dichiarate.",
    ),
    Clause(
        "not_sealed", Challenge.CUSTODY, Standing.NOT_EXCLUDED, "sp-003",
        "The root that closes a round is not the root of the records that came.",
        "La radice che chiude un ciclo non è quella delle registrazioni giunte.",
    ),
    Clause(
        "close_not_stamped", Challenge.CUSTODY, Standing.NOT_EXCLUDED, "sp-006",
        "The close of a round is not yet in a stamped log.",
        "La chiusura di un ciclo non è ancora in un registro munito di marca temporale.",
    ),
    Clause(
        "not_closed", Challenge.CUSTODY, Standing.NOT_TESTED, "sp-003",
        "No close of the rounds is here.",
        "Non è giunta alcuna chiusura dei cicli.",
    ),
)  # fmt: skip

BY_ID: Final = {one.clause_id: one for one in CLAUSES}
#: What stands where there is not even a sample to look at.
UNTESTED: Final[dict[Challenge, str]] = {
    one.challenge: one.clause_id for one in CLAUSES if one.standing is Standing.NOT_TESTED
}
#: Before the words of what would exclude a challenge and was seen in too few samples: English, Italian.
TOO_FEW: Final = ("Shown in too few rounds to carry the day:", "Mostrato in troppo pochi cicli per reggere il giorno:")
#: How a challenge stands: English, Italian.
STANDINGS: Final[dict[Standing, tuple[str, str]]] = {
    Standing.EXCLUDED: ("excluded", "escluso"),
    Standing.NOT_EXCLUDED: ("not excluded", "non escluso"),
    Standing.NOT_TESTED: ("not tested", "non verificato"),
}
