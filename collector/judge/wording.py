"""What each rule says, in English and Italian: a sentence a person can read to a court, and what would change it.

Written for readers who are no engineers: "the address asked" is one endpoint of a resolver, "a channel whose certificate
shows who answers" a verified one, and "independent operators" are controls that are fit for the name (ADR 0004).
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Wording(NamedTuple):
    """One rule in words: what it says of the answer, and what would change the conclusion. Each is one sentence."""

    en: str
    it: str
    change_en: str
    change_it: str


#: By rule id; a test holds that every rule has its row.
WORDINGS: Final = {
    "off_net": Wording(
        "The resolver serves its own network only, and this vantage is elsewhere.",
        "Il resolver serve solo la propria rete, e questo punto di misura si trova altrove.",
        "The same question put from a line on the operator's own network would allow a conclusion.",
        "La stessa domanda, posta da una linea sulla rete dell'operatore, permetterebbe di concludere.",
    ),
    "ede_censored": Wording(
        "The answer itself says that the name is censored by an external requirement (extended error 16).",
        "È la risposta stessa a dichiarare che il nome è oscurato per un obbligo esterno (errore esteso 16).",
        "If the answer also gave an address that independent operators give, the statement alone would not count as a block.",
        "Se la risposta desse anche un indirizzo che danno operatori indipendenti, la sola dichiarazione non varrebbe come blocco.",
    ),
    "ede_blocked": Wording(
        "The answer itself says that the operator blocks the name (extended error 15).",
        "È la risposta stessa a dichiarare che l'operatore blocca il nome (errore esteso 15).",
        "If the answer also gave an address that independent operators give, the statement alone would not count as a block.",
        "Se la risposta desse anche un indirizzo che danno operatori indipendenti, la sola dichiarazione non varrebbe come blocco.",
    ),
    "user_filter": Wording(
        "The answer is that of a filter which the user chose, not the doing of an order.",
        "La risposta è quella di un filtro scelto dall'utente, non l'effetto di un ordine.",
        "If independent operators gave the same address, the answer would not be taken for a filter's.",
        "Se operatori indipendenti dessero lo stesso indirizzo, la risposta non sarebbe attribuita a un filtro.",
    ),
    "ede_filtered": Wording(
        "The answer itself says that a filter which the user asked for withholds the name (extended error 17): not the doing of an order.",
        "È la risposta stessa a dichiarare che il nome è escluso da un filtro chiesto dall'utente (errore esteso 17): non è l'effetto di un ordine.",
        "If the answer also gave an address that independent operators give, the statement alone would not count as a block.",
        "Se la risposta desse anche un indirizzo che danno operatori indipendenti, la sola dichiarazione non varrebbe come blocco.",
    ),
    "ede_forged": Wording(
        "The answer says of itself that a policy put it in the place of the true one (extended error 4).",
        "La risposta dichiara di essere stata messa, per una regola di chi risponde, al posto di quella vera (errore esteso 4).",
        "If the answer also gave an address that independent operators give, the statement alone would not count as a block.",
        "Se la risposta desse anche un indirizzo che danno operatori indipendenti, la sola dichiarazione non varrebbe come blocco.",
    ),
    "policy_zone_soa": Wording(
        "The answer names, in its additional section, the list of names by which it was rewritten (the SOA record of a response policy zone).",
        "La risposta indica, nella sezione addizionale, l'elenco di nomi in base al quale è stata riscritta (il record SOA di una policy zone).",
        "If that record stood in the authority section, where ordinary answers carry it, this rule would not apply.",
        "Se quel record stesse nella sezione authority, dove lo portano le risposte ordinarie, questa regola non si applicherebbe.",
    ),
    "google_refused": Wording(
        "Over a channel whose certificate shows who answers, the operator refuses this name and answers another: the way it documents for blocks by order.",
        "Su un canale il cui certificato mostra chi risponde, l'operatore rifiuta questo nome e risponde per un altro: è il modo che esso stesso documenta per i blocchi su ordine.",
        "If no certificate vouched for the refusal, or the other name were refused too, this rule would not apply.",
        "Se nessun certificato garantisse il rifiuto, o se anche l'altro nome fosse rifiutato, questa regola non si applicherebbe.",
    ),
    "unlike_its_twin": Wording(
        "The operator denies the name in the shape that it documents for blocks of any cause, and its own unfiltered service does not.",
        "L'operatore nega il nome nella forma che esso stesso documenta per i blocchi di qualunque motivo, mentre il suo servizio senza filtri no.",
        "If the unfiltered service denied the name in the same shape, this rule would not apply.",
        "Se il servizio senza filtri negasse il nome nella stessa forma, questa regola non si applicherebbe.",
    ),
    "stop_page_address": Wording(
        "The answer is the address of a known stop page.",
        "La risposta è l'indirizzo di una pagina di blocco nota.",
        "If an independent operator gave the same address, or every name got it here, it would not count as a block.",
        "Se un operatore indipendente desse lo stesso indirizzo, o se qui lo ricevesse ogni nome, non varrebbe come blocco.",
    ),
    "stop_page_alias": Wording(
        "The answer leads to the name of a known stop page.",
        "La risposta conduce al nome di una pagina di blocco nota.",
        "If an independent operator led to the same name, it would not count as a block.",
        "Se un operatore indipendente conducesse allo stesso nome, non varrebbe come blocco.",
    ),
    "forged_soa": Wording(
        "The answer carries the mark (SOA record) of a zone that a known blocking tool invents.",
        "La risposta porta il contrassegno (record SOA) di una zona che uno strumento di blocco noto inventa.",
        "If it carried another SOA record, or gave an address that independent operators give, this rule would not apply.",
        "Se portasse un altro record SOA, o desse un indirizzo che danno operatori indipendenti, questa regola non si applicherebbe.",
    ),
    "null_address": Wording(
        "The answer is the null address, at which no site can be.",
        "La risposta è l'indirizzo nullo, al quale nessun sito può trovarsi.",
        "If an independent operator gave the same address, or every name got it here, it would not count as a block.",
        "Se un operatore indipendente desse lo stesso indirizzo, o se qui lo ricevesse ogni nome, non varrebbe come blocco.",
    ),
    "loopback_address": Wording(
        "The answer sends the user to the user's own machine, where the site cannot be.",
        "La risposta rimanda l'utente alla sua stessa macchina, dove il sito non può trovarsi.",
        "If an independent operator gave the same address, or every name got it here, it would not count as a block.",
        "Se un operatore indipendente desse lo stesso indirizzo, o se qui lo ricevesse ogni nome, non varrebbe come blocco.",
    ),
    "private_address": Wording(
        "The answer is an address that cannot be reached on the Internet.",
        "La risposta è un indirizzo che su Internet non è raggiungibile.",
        "If an independent operator gave the same address, or every name got it here, it would not count as a block.",
        "Se un operatore indipendente desse lo stesso indirizzo, o se qui lo ricevesse ogni nome, non varrebbe come blocco.",
    ),
    "nxdomain_but_alive": Wording(
        "The answer says that the name does not exist; independent operators agree that it does.",
        "La risposta dice che il nome non esiste; operatori indipendenti concordano che esiste.",
        "If an independent operator also denied the name, or fewer than two gave an address, nothing would be concluded.",
        "Se anche un operatore indipendente negasse il nome, o se a dare un indirizzo fossero meno di due, non si concluderebbe nulla.",
    ),
    "nodata_but_alive": Wording(
        "The answer says that the name has no address; independent operators agree that it has.",
        "La risposta dice che il nome non ha un indirizzo; operatori indipendenti concordano che lo ha.",
        "If an independent operator also had no address for the name, or fewer than two gave one, nothing would be concluded.",
        "Se anche un operatore indipendente non avesse un indirizzo per il nome, o se a darlo fossero meno di due, non si concluderebbe nulla.",
    ),
    "alias_to_nothing": Wording(
        "The answer leads to another name and to no address; independent operators agree that the name has one.",
        "La risposta conduce a un altro nome e a nessun indirizzo; operatori indipendenti concordano che il nome ne ha uno.",
        "If an independent operator led to the same other name, or fewer than two gave an address, nothing would be concluded.",
        "Se un operatore indipendente conducesse allo stesso altro nome, o se a dare un indirizzo fossero meno di due, non si concluderebbe nulla.",
    ),
    "alias_at_apex": Wording(
        "The answer puts an alias at the top of a zone, where none can be, and leads where no independent operator does.",
        "La risposta pone un alias alla radice di una zona, dove non può stare, e conduce dove nessun operatore indipendente conduce.",
        "If an independent operator gave an alias too, or one of the same addresses, this would not count as a block.",
        "Se anche un operatore indipendente desse un alias, o uno degli stessi indirizzi, non varrebbe come blocco.",
    ),
    "one_address_for_many": Wording(
        "One and the same address is given for unrelated names, and independent operators give others for each.",
        "Per nomi senza relazione tra loro è dato un solo e medesimo indirizzo, e operatori indipendenti ne danno altri per ciascuno.",
        "If an independent operator gave that address too, or the names belonged together, this would not count as a block.",
        "Se anche un operatore indipendente desse quell'indirizzo, o se i nomi fossero collegati, non varrebbe come blocco.",
    ),
    "refused_but_alive": Wording(
        "At the address asked this name is refused again and again while another is answered; independent operators agree that it exists.",
        "All'indirizzo interrogato questo nome è rifiutato più volte mentre un altro ha risposta; operatori indipendenti concordano che esiste.",
        "A single refusal, a refusal of the other name too, or an independent operator's denial would leave nothing to conclude.",
        "Con un solo rifiuto, con il rifiuto anche dell'altro nome o con il diniego di un operatore indipendente non si concluderebbe nulla.",
    ),
    "servfail_but_alive": Wording(
        "At the address asked the answer for this name fails again and again while another is answered; independent operators agree that it exists.",
        "All'indirizzo interrogato la risposta per questo nome fallisce più volte mentre un altro ha risposta; operatori indipendenti concordano che esiste.",
        "Too few failures, a failure on the other name too, or an independent operator's failure or denial would leave nothing to conclude.",
        "Con troppo pochi errori, con un errore anche sull'altro nome, o con un errore o un diniego di un operatore indipendente, non si concluderebbe nulla.",
    ),
    "timeout_but_alive": Wording(
        "The address asked is silent on this name again and again while it answers another; independent operators agree that it exists.",
        "L'indirizzo interrogato tace più volte su questo nome mentre risponde per un altro; operatori indipendenti concordano che esiste.",
        "Too few silences, silence on the other name too, or an independent operator's denial would leave nothing to conclude.",
        "Con troppo pochi silenzi, con il silenzio anche sull'altro nome o con il diniego di un operatore indipendente non si concluderebbe nulla.",
    ),
    "address_invented": Wording(
        "The address answered is one that is given here for a name which does not exist too: it says nothing of this name.",
        "L'indirizzo in risposta è dato qui anche per un nome che non esiste: di questo nome non dice nulla.",
        "An address that is not given for names which do not exist would allow a conclusion.",
        "Un indirizzo che non sia dato per nomi inesistenti permetterebbe di concludere.",
    ),
    "address_in_doubt": Wording(
        "The answer carries a mark of a block and an address that too few independent operators give to clear it of that.",
        "La risposta porta il segno di un blocco e un indirizzo che troppo pochi operatori indipendenti danno per smentirlo.",
        "If all but one of the independent operators gave an address of the answer, the name would count as open.",
        "Se tutti gli operatori indipendenti, tranne al più uno, dessero un indirizzo della risposta, il nome risulterebbe aperto.",
    ),
    "address_in_control": Wording(
        "At least two independent operators agree that the name exists, and the answer gives an address of theirs.",
        "Almeno due operatori indipendenti concordano che il nome esiste, e la risposta dà un indirizzo che danno anch'essi.",
        "If an independent operator denied the name, or fewer than two gave an address, nothing would be concluded.",
        "Se un operatore indipendente negasse il nome, o se a dare un indirizzo fossero meno di due, non si concluderebbe nulla.",
    ),
    "address_vouched": Wording(
        "The answer gives an address at which this probe was shown, in the same round, a certificate that is valid for the name.",
        "La risposta dà un indirizzo presso il quale, nello stesso ciclo, a questa sonda è stato mostrato un certificato valido per il nome.",
        "Without that certificate, or if fewer than two independent operators agreed that the name exists, nothing would be concluded.",
        "Senza quel certificato, o se meno di due operatori indipendenti concordassero che il nome esiste, non si concluderebbe nulla.",
    ),
    "address_in_network": Wording(
        "The answer gives other addresses than independent operators do, in the same network as theirs.",
        "La risposta dà indirizzi diversi da quelli di operatori indipendenti, ma nella loro stessa rete.",
        "If one of them were known as a stop page it would count as a block; if the policy did not let the network decide, nothing would be concluded.",
        "Se uno di essi fosse noto come pagina di blocco, varrebbe come blocco; se la policy non lasciasse decidere la rete, non si concluderebbe nulla.",
    ),
    "mark_on_every_denial": Wording(
        "The denial bears marks of a block, and so does the denial here of a name which exists nowhere: of this name they say nothing.",
        "Il diniego porta i segni di un blocco, ma qui li porta anche il diniego di un nome che non esiste: di questo nome non dicono nulla.",
        "If names which exist nowhere were denied without those marks, they would count as a block.",
        "Se i nomi inesistenti fossero negati senza quei segni, questi varrebbero come blocco.",
    ),
    "dead_everywhere": Wording(
        "Independent operators agree that the name does not exist, and nothing is given for it here.",
        "Gli operatori indipendenti concordano che il nome non esiste, e qui per esso non è dato nulla.",
        "If at least two independent operators gave an address and none denied the name, the denial would count as a block.",
        "Se almeno due operatori indipendenti dessero un indirizzo e nessuno negasse il nome, il diniego varrebbe come blocco.",
    ),
    "endpoint_fails": Wording(
        "The address asked answers neither for this name nor for the name that always answers.",
        "L'indirizzo interrogato non risponde né per questo nome né per quello che risponde sempre.",
        "If it answered for the name that always answers, its silence on this one could be weighed.",
        "Se rispondesse per il nome che risponde sempre, il suo silenzio su questo si potrebbe valutare.",
    ),
    "endpoint_unfit": Wording(
        "At the address asked even the name that always answers is refused, denied or not truly answered: nothing follows from what it says here.",
        "All'indirizzo interrogato anche il nome che risponde sempre è rifiutato, negato o senza una risposta vera: da ciò che dice qui non si ricava nulla.",
        "If it truly answered for the name that always answers, its answer for this one could be weighed.",
        "Se desse una risposta vera per il nome che risponde sempre, la sua risposta per questo si potrebbe valutare.",
    ),
    "not_asked": Wording(
        "The question was not put; the probe says why.",
        "La domanda non è stata posta; la sonda dice perché.",
        "An answer to the question in a later round would allow a conclusion.",
        "Una risposta alla domanda in un ciclo successivo permetterebbe di concludere.",
    ),
    "several_answers": Wording(
        "Different answers came to one question: they cannot all be the resolver's.",
        "A una sola domanda sono giunte risposte diverse: non possono essere tutte del resolver.",
        "An answer over a channel whose certificate shows who answers would allow a conclusion.",
        "Una risposta su un canale il cui certificato mostra chi risponde permetterebbe di concludere.",
    ),
    "unusable_answer": Wording(
        "What came is cut short, unreadable or no answer to this question.",
        "Ciò che è giunto è troncato, illeggibile o non risponde a questa domanda.",
        "A whole and readable answer to the question would allow a conclusion.",
        "Una risposta intera e leggibile alla domanda permetterebbe di concludere.",
    ),
    "fault_stated": Wording(
        "The answer gives a fault, or data past their time, as its reason.",
        "La risposta adduce come motivo un guasto o dati scaduti.",
        "The same answer with no fault stated could count as a block, if independent operators agreed that the name exists.",
        "La stessa risposta, senza un guasto dichiarato, potrebbe valere come blocco, se operatori indipendenti concordassero che il nome esiste.",
    ),
    "controls_disagree": Wording(
        "Independent operators contradict each other about this name.",
        "Gli operatori indipendenti si contraddicono su questo nome.",
        "If the independent operators agreed, the answer could be weighed against theirs.",
        "Se gli operatori indipendenti concordassero, la risposta si potrebbe confrontare con la loro.",
    ),
    "controls_missing": Wording(
        "Fewer than two independent operators gave an answer that counts.",
        "Meno di due operatori indipendenti hanno dato una risposta di cui si possa tenere conto.",
        "If two independent operators answered and agreed, the answer could be weighed against theirs.",
        "Se due operatori indipendenti rispondessero e concordassero, la risposta si potrebbe confrontare con la loro.",
    ),
    "unanswered_and_dead": Wording(
        "Independent operators agree that the name does not exist; that it is refused or left unanswered here shows neither that nor a block.",
        "Gli operatori indipendenti concordano che il nome non esiste; che qui sia rifiutato o resti senza risposta non mostra né questo né un blocco.",
        "An answer that denies the name, or that is known as a block, would allow a conclusion.",
        "Una risposta che neghi il nome, o nota come quella di un blocco, permetterebbe di concludere.",
    ),
    "answered_though_dead": Wording(
        "The answer is none that a name which exists nowhere else can have; a cache may explain it.",
        "La risposta non può essere quella di un nome che altrove non esiste; può venire da una copia conservata (cache).",
        "If at least two independent operators gave the same address and none denied the name, it would count as open.",
        "Se almeno due operatori indipendenti dessero lo stesso indirizzo e nessuno negasse il nome, questo varrebbe come aperto.",
    ),
    "no_such_record": Wording(
        "Independent operators agree that the name has no record of this type.",
        "Gli operatori indipendenti concordano che il nome non ha record di questo tipo.",
        "If at least two independent operators gave such a record and none denied it, the answer could be weighed against theirs.",
        "Se almeno due operatori indipendenti dessero un tale record e nessuno lo negasse, la risposta si potrebbe confrontare con la loro.",
    ),
    "address_unconfirmed": Wording(
        "The answer is an address that only an independent operator apart from the others gives: its word alone confirms nothing.",
        "La risposta è un indirizzo dato solo da un operatore indipendente discorde dagli altri: la sua sola parola non conferma nulla.",
        "If a second independent operator gave an address of the answer too, the name would count as open.",
        "Se anche un secondo operatore indipendente desse un indirizzo della risposta, il nome risulterebbe aperto.",
    ),
    "address_near_control": Wording(
        "The answer gives other addresses than independent operators do, in the same network as theirs, where a stop page may stand too.",
        "La risposta dà indirizzi diversi da quelli di operatori indipendenti, ma nella loro stessa rete, dove può trovarsi anche una pagina di blocco.",
        "With an address that an independent operator gives too, or a certificate for the name shown at this one, the name would count as open.",
        "Con un indirizzo dato anche da un operatore indipendente, o con un certificato per il nome mostrato a questo indirizzo, il nome varrebbe come aperto.",
    ),
    "address_unknown": Wording(
        "The answer leads where no independent operator does, and nothing else is known of that place.",
        "La risposta conduce dove nessun operatore indipendente conduce, e di quel luogo non si sa altro.",
        "If independent operators gave the same address the name would count as open; if it were known as a stop page, as blocked.",
        "Se operatori indipendenti dessero lo stesso indirizzo il nome varrebbe come aperto; se fosse noto come pagina di blocco, come bloccato.",
    ),
    "channel_failed": Wording(
        "The connection ended without an answer, or nobody's certificate vouches for what came: that says nothing of this name.",
        "La connessione è terminata senza risposta, o nessun certificato garantisce ciò che è giunto: del nome questo non dice nulla.",
        "An answer over a connection that holds would allow a conclusion.",
        "Una risposta su una connessione che regge permetterebbe di concludere.",
    ),
    "not_repeated": Wording(
        "Too few refusals, failures or silences, or some where other answers are lost or other operators fail on the name too, show nothing.",
        "Troppo pochi rifiuti, errori o silenzi, o alcuni là dove si perdono anche altre risposte o anche altri operatori falliscono sul nome, non dimostrano nulla.",
        "Two refusals, or at least four questions left without an answer, while other names are answered and no other operator fails on this one, could count as a block.",
        "Due rifiuti, o almeno quattro domande rimaste senza risposta, mentre altri nomi hanno risposta e nessun altro operatore fallisce su questo, potrebbero valere come blocco.",
    ),
    "no_opinion": Wording(
        "No rule speaks about an answer of this kind.",
        "Nessuna regola riguarda una risposta di questo tipo.",
        "Only a published rule for such answers, or another answer, would allow a conclusion.",
        "Solo una regola pubblicata per risposte simili, o un'altra risposta, permetterebbe di concludere.",
    ),
    "answers_disagree": Wording(
        "Some answers withhold the name and others give it.",
        "Alcune risposte negano il nome e altre lo danno.",
        "If all the answers came out alike, they would decide.",
        "Se tutte le risposte avessero lo stesso esito, deciderebbero.",
    ),
    "answers_doubtful": Wording(
        "Some answers would decide; others, from which nothing follows here, point the other way.",
        "Alcune risposte deciderebbero; altre, da cui qui non si ricava nulla, indicano il contrario.",
        "If the doubtful answers came from an address that is in order, and came out like the others, they would decide together.",
        "Se le risposte dubbie venissero da un indirizzo in regola, e avessero lo stesso esito delle altre, insieme deciderebbero.",
    ),
    "verified_undecided": Wording(
        "The channel whose certificate shows who answers did answer, and nothing follows from it; port 53 alone cannot stand in its place.",
        "Il canale il cui certificato mostra chi risponde ha risposto, ma non se ne ricava nulla; la porta 53 da sola non può sostituirlo.",
        "A conclusive answer over that channel would decide.",
        "Una risposta concludente su quel canale deciderebbe.",
    ),
    "verified_not_asked": Wording(
        "A channel whose certificate shows who answers was at hand and was not asked for this name; port 53 alone cannot stand in its place.",
        "Un canale il cui certificato mostra chi risponde era disponibile ma non è stato interrogato su questo nome; la porta 53 da sola non può sostituirlo.",
        "The question put over that channel would allow a conclusion.",
        "La domanda posta su quel canale permetterebbe di concludere.",
    ),
    "other_type": Wording(
        "The name was not asked for its addresses of the first kind (type A), and no other type stands in for them.",
        "Non sono stati chiesti gli indirizzi del primo tipo (tipo A) del nome, e nessun altro tipo ne fa le veci.",
        "The question put for type A would allow a conclusion.",
        "La domanda posta per il tipo A permetterebbe di concludere.",
    ),
    "not_plain": Wording(
        "The question was put only with DNSSEC data asked for, which is not how users ask.",
        "La domanda è stata posta solo chiedendo i dati DNSSEC, e gli utenti non chiedono così.",
        "The question put as users put it would allow a conclusion.",
        "La domanda posta come la pongono gli utenti permetterebbe di concludere.",
    ),
}


class SampleRule(NamedTuple):
    """A rule by which the verdicts of one plan come to a state for which no single verdict stands."""

    rule_id: str
    state: str
    source: str
    wording: Wording


#: The rules of `collector.status.sample`; a test holds that it knows no other.
SAMPLE_RULES: Final = (
    SampleRule(
        "networks_disagree",
        "mixed",
        "ADR 0007",
        Wording(
            "The networks that reached a conclusion in this round, or the answers within one of them, do not agree.",
            "Le reti che in questo ciclo sono giunte a una conclusione, o le risposte entro una di esse, non concordano.",
            "If they agreed, but for as many as the policy lets dissent, the common conclusion would stand.",
            "Se concordassero, salvo quante la policy ammette in dissenso, varrebbe la conclusione comune.",
        ),
    ),
    SampleRule(
        "below_the_floor",
        "insufficient",
        "ADR 0007",
        Wording(
            "Fewer networks reached a conclusion in this round than the policy asks for.",
            "In questo ciclo sono giunte a una conclusione meno reti di quante la policy ne richieda.",
            "If as many networks as the policy asks for reached the same conclusion, it would stand.",
            "Se giungesse alla stessa conclusione il numero di reti che la policy richiede, essa varrebbe.",
        ),
    ),
)
