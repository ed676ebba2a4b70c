"""The rules: each a row with a permanent id, what it concludes, why, and how to say it. The first that holds decides.

What stands higher is stronger: what the answer says of itself, what its operator documents, what is known of its
address, what cannot be, what independent operators contradict, what they confirm. The last rows conclude nothing and say
why. A new meaning gets a new id.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from collector.judge.addresses import impossible
from collector.judge.case import Case
from collector.judge.fingerprints import USER_FILTER
from collector.judge.seen import Form
from collector.judge.standing import Health
from schema.words import How, Outcome

_SILENT: Final = frozenset({Form.TIMEOUT, Form.FAILED, Form.SERVFAIL})
_CENSORED, _BLOCKED, _FILTERED, _FORGED = 16, 15, 17, 4  # RFC 8914 §4


class Rule(NamedTuple):
    """One branch of the cascade over a target cell; *how* None is by the form of the answer."""

    rule_id: str
    outcome: Outcome
    how: How | None
    source: str
    sentence_en: str
    sentence_it: str
    holds: Callable[[Case], bool]


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "off_net", Outcome.INSUFFICIENT, None, "RFC 8914 §4.19",
        "The resolver serves its own network only, and this vantage is elsewhere.",
        "Il risolutore serve solo la propria rete, e questo punto di misura è altrove.",
        lambda case: case.off_net,
    ),
    Rule(
        "ede_censored", Outcome.BLOCKED, None, "RFC 8914 §4.17",
        "The answer says that the name is censored by an external requirement (extended error 16).",
        "La risposta dichiara che il nome è oscurato per un obbligo esterno (errore esteso 16).",
        lambda case: _CENSORED in case.codes and case.withheld,
    ),
    Rule(
        "ede_blocked", Outcome.BLOCKED, None, "RFC 8914 §4.16",
        "The answer says that the operator blocks the name (extended error 15).",
        "La risposta dichiara che l'operatore blocca il nome (errore esteso 15).",
        lambda case: _BLOCKED in case.codes and case.withheld,
    ),
    Rule(
        "user_filter", Outcome.BLOCKED, None, "registry/fingerprints.csv, polarity user_filter",
        "The answer is that of a filter which the user chose: no order's doing.",
        "La risposta è quella di un filtro scelto dall'utente: non di un ordine.",
        lambda case: case.fits("a", "aaaa", polarity=USER_FILTER),
    ),
    Rule(
        "ede_filtered", Outcome.BLOCKED, None, "RFC 8914 §4.18",
        "The answer says that a filter which the user asked for withholds the name (extended error 17): no order's doing.",
        "La risposta dichiara che il nome è escluso da un filtro scelto dall'utente (errore esteso 17): non da un ordine.",
        lambda case: _FILTERED in case.codes and case.withheld,
    ),
    Rule(
        "ede_forged", Outcome.BLOCKED, None, "RFC 8914 §4.5",
        "The answer says of itself that it is forged (extended error 4).",
        "La risposta dichiara di essere artefatta (errore esteso 4).",
        lambda case: _FORGED in case.codes and case.withheld,
    ),
    Rule(
        "policy_zone_soa", Outcome.BLOCKED, None, "BIND 9 Administrator Reference Manual, response-policy, add-soa",
        "The answer carries the SOA of a response policy zone in its additional section: a policy rewrote it.",
        "La risposta porta nella sezione addizionale il SOA di una zona di policy: una regola l'ha riscritta.",
        lambda case: case.seen.reading is not None and case.seen.reading.soa_at == "additional" and case.withheld,
    ),
    Rule(
        "google_refused", Outcome.BLOCKED, How.REFUSED, "developers.google.com/speed/public-dns/blocking",
        "The operator refuses this name and answers others, over a verified channel: its documented way to block by order.",
        "L'operatore rifiuta questo nome e risponde ad altri, su canale verificato: il suo modo documentato di bloccare.",
        lambda case: case.form is Form.REFUSED
        and case.seen.verified
        and case.standing.health is Health.OK
        and not case.faulty
        and any(one.here and one.fingerprint.label == "google_court" for one in case.matches),
    ),
    Rule(
        "unlike_its_twin", Outcome.BLOCKED, How.NXDOMAIN, "Quad9DNS/documentation docs/en/FAQs.md",
        "The operator denies the name in the shape it documents for blocks, and its unfiltered service does not.",
        "L'operatore nega il nome nella forma che documenta per i blocchi, e il suo servizio senza filtri no.",
        lambda case: case.form is Form.NXDOMAIN and case.documented and not case.standing.ails and case.unlike_twin,
    ),
    Rule(
        "stop_page_address", Outcome.BLOCKED, How.ADDRESS, "registry/fingerprints.csv, kind a or aaaa",
        "The answer is the address of a known stop page.",
        "La risposta è l'indirizzo di una pagina di blocco nota.",
        lambda case: case.stop_page,
    ),
    Rule(
        "stop_page_alias", Outcome.BLOCKED, How.CNAME, "registry/fingerprints.csv, kind cname",
        "The answer leads to the name of a known stop page.",
        "La risposta conduce al nome di una pagina di blocco nota.",
        lambda case: case.fits("cname"),
    ),
    Rule(
        "forged_soa", Outcome.BLOCKED, None, "registry/fingerprints.csv, kind soa",
        "The answer carries the SOA of a zone that a blocking tool invents.",
        "La risposta porta il SOA di una zona che uno strumento di blocco inventa.",
        lambda case: case.fits("soa") and case.withheld,
    ),
    Rule(
        "null_address", Outcome.BLOCKED, How.NULL_ADDRESS, "RFC 1122 §3.2.1.3",
        "The answer is the unspecified address: no site can be there.",
        "La risposta è l'indirizzo nullo: nessun sito può trovarsi lì.",
        lambda case: case.impossible_how(How.NULL_ADDRESS),
    ),
    Rule(
        "loopback_address", Outcome.BLOCKED, How.LOOPBACK, "RFC 1122 §3.2.1.3",
        "The answer sends the user to the user's own machine.",
        "La risposta rimanda l'utente alla sua stessa macchina.",
        lambda case: case.impossible_how(How.LOOPBACK),
    ),
    Rule(
        "private_address", Outcome.BLOCKED, How.ADDRESS, "RFC 6890 §2.2",
        "The answer is an address that is not reachable on the Internet.",
        "La risposta è un indirizzo che su Internet non è raggiungibile.",
        lambda case: case.form is Form.ADDRESS and case.only_impossible,
    ),
    Rule(
        "nxdomain_but_alive", Outcome.BLOCKED, How.NXDOMAIN, "ADR 0004",
        "The answer says that the name does not exist; independent operators agree that it does.",
        "La risposta dice che il nome non esiste; operatori indipendenti concordano che esiste.",
        lambda case: case.form is Form.NXDOMAIN and case.contradicted,
    ),
    Rule(
        "nodata_but_alive", Outcome.BLOCKED, How.NODATA, "ADR 0004",
        "The answer says that the name has no address; independent operators agree that it has.",
        "La risposta dice che il nome non ha indirizzi; operatori indipendenti concordano che ne ha.",
        lambda case: case.form is Form.NODATA and case.contradicted,
    ),
    Rule(
        "alias_to_nothing", Outcome.BLOCKED, How.CNAME, "ADR 0004",
        "The answer leads to another name and to no address; independent operators agree that the name has one.",
        "La risposta conduce a un altro nome e a nessun indirizzo; operatori indipendenti concordano che ne ha uno.",
        lambda case: case.form is Form.ALIAS
        and case.contradicted
        and not (case.seen.reading is not None and set(case.seen.reading.cname_chain) & case.controls.aliases),
    ),
    Rule(
        "alias_at_apex", Outcome.BLOCKED, How.CNAME, "RFC 1034 §3.6.2",
        "The answer puts an alias at the top of a zone, where none can be, and leads where no independent operator does.",
        "La risposta pone un alias alla radice di una zona, dove non può stare, e conduce dove nessun operatore indipendente conduce.",
        lambda case: case.form is Form.ADDRESS
        and case.contradicted
        and case.controls.apex
        and not case.controls.aliases
        and case.elsewhere
        and case.seen.reading is not None
        and bool(case.seen.reading.cname_chain),
    ),
    Rule(
        "one_address_for_many", Outcome.BLOCKED, How.ADDRESS, "ADR 0004",
        "The resolver gives one and the same address for unrelated names; independent operators give others for each.",
        "Il risolutore dà lo stesso indirizzo per nomi senza relazione; operatori indipendenti ne danno altri per ciascuno.",
        lambda case: case.contradicted and case.elsewhere and case.addresses <= case.shared,
    ),
    Rule(
        "refused_but_alive", Outcome.BLOCKED, How.REFUSED, "ADR 0004",
        "The endpoint refuses this name again and again and answers another; independent operators agree that it lives.",
        "L'endpoint rifiuta più volte questo nome e risponde a un altro; operatori indipendenti concordano che è attivo.",
        lambda case: case.form is Form.REFUSED and case.contradicted_by_silence,
    ),
    Rule(
        "servfail_but_alive", Outcome.BLOCKED, How.SERVFAIL, "ADR 0004",
        "The endpoint fails on this name again and again and answers another; independent operators agree that it lives.",
        "L'endpoint fallisce più volte su questo nome e risponde a un altro; operatori indipendenti concordano che è attivo.",
        lambda case: case.form is Form.SERVFAIL and case.contradicted_by_silence,
    ),
    Rule(
        "timeout_but_alive", Outcome.BLOCKED, How.TIMEOUT, "ADR 0004",
        "The endpoint is silent on this name again and again and answers another; independent operators agree that it lives.",
        "L'endpoint tace più volte su questo nome e risponde a un altro; operatori indipendenti concordano che è attivo.",
        lambda case: case.form is Form.TIMEOUT and case.contradicted_by_silence,
    ),
    Rule(
        "address_in_control", Outcome.OPEN, None, "ADR 0004",
        "The answer gives an address that independent operators give too.",
        "La risposta dà un indirizzo che danno anche operatori indipendenti.",
        lambda case: case.form is Form.ADDRESS
        and case.controls.alive
        and bool(case.addresses & case.controls.addresses)
        and not any(impossible(address) for address in case.addresses),
    ),
    Rule(
        "dead_everywhere", Outcome.DEAD, None, "RFC 8020 §2",
        "The name does not exist, here or at independent operators.",
        "Il nome non esiste, né qui né presso operatori indipendenti.",
        lambda case: case.controls.dead
        and not case.standing.ails
        and (case.form is Form.NXDOMAIN or (case.form is Form.NODATA and _has_soa(case))),
    ),
    Rule(
        "endpoint_fails", Outcome.FAILING, None, "RFC 8914 §4.23",
        "The endpoint does not answer, nor is it seen to answer any other name.",
        "L'endpoint non risponde, né risulta rispondere ad altri nomi.",
        lambda case: (case.standing.health is Health.FAILS and case.form not in {Form.NOT_ASKED, Form.ADDRESS})
        or (case.standing.health is Health.NOT_ASKED and case.form in _SILENT),
    ),
    Rule(
        "endpoint_unfit", Outcome.INSUFFICIENT, None, "ADR 0004",
        "The endpoint refuses or denies the name that always answers: nothing follows from its answers here.",
        "L'endpoint rifiuta o nega il nome che risponde sempre: dalle sue risposte qui non si ricava nulla.",
        lambda case: case.standing.ails and case.form is not Form.NOT_ASKED,
    ),
    Rule(
        "not_asked", Outcome.INSUFFICIENT, None, "schema.words.Gap",
        "The question was not put; the probe says why.",
        "La domanda non è stata posta; la sonda dice perché.",
        lambda case: case.form is Form.NOT_ASKED,
    ),
    Rule(
        "several_answers", Outcome.INSUFFICIENT, None, "RFC 5452 §3",
        "Several different answers came to one question: one of them is not the resolver's.",
        "A una domanda sono giunte più risposte diverse: una di esse non è del risolutore.",
        lambda case: case.form is Form.SEVERAL,
    ),
    Rule(
        "unusable_answer", Outcome.INSUFFICIENT, None, "RFC 5452 §3; RFC 2181 §9",
        "What came is cut short, unreadable or no answer to this question.",
        "Ciò che è giunto è troncato, illeggibile o non risponde a questa domanda.",
        lambda case: case.form is Form.UNUSABLE,
    ),
    Rule(
        "fault_stated", Outcome.INSUFFICIENT, None, "RFC 8914 §4",
        "The answer explains itself by a fault or by stale data.",
        "La risposta si spiega con un guasto o con dati scaduti.",
        lambda case: case.faulty and case.form is not Form.ADDRESS,
    ),
    Rule(
        "controls_disagree", Outcome.INSUFFICIENT, None, "ADR 0004",
        "Independent operators contradict each other about this name.",
        "Gli operatori indipendenti si contraddicono su questo nome.",
        lambda case: case.controls.disagree,
    ),
    Rule(
        "controls_missing", Outcome.INSUFFICIENT, None, "ADR 0004",
        "Fewer than two independent operators answered over a verified channel.",
        "Meno di due operatori indipendenti hanno risposto su un canale verificato.",
        lambda case: case.controls.missing,
    ),
    Rule(
        "answered_though_dead", Outcome.INSUFFICIENT, None, "ADR 0004",
        "The answer is none that a name which exists nowhere else can have; a cache may explain it.",
        "La risposta non è di un nome che altrove non esiste più; può venire da una cache.",
        lambda case: case.controls.dead,
    ),
    Rule(
        "no_such_record", Outcome.INSUFFICIENT, None, "RFC 2308 §2.2",
        "Independent operators agree that the name has no record of this type.",
        "Gli operatori indipendenti concordano che il nome non ha record di questo tipo.",
        lambda case: case.controls.nodata,
    ),
    Rule(
        "address_unknown", Outcome.INSUFFICIENT, None, "ADR 0004",
        "The answer is an address that no independent operator gives and nothing else is known of.",
        "La risposta è un indirizzo che nessun operatore indipendente dà e di cui non si sa altro.",
        lambda case: case.elsewhere or case.form is Form.ALIAS,
    ),
    Rule(
        "not_repeated", Outcome.INSUFFICIENT, None, "ADR 0004",
        "A single refusal, failure or silence, or one without the name that always answers beside it, shows nothing.",
        "Un solo rifiuto, guasto o silenzio, o uno senza accanto il nome che risponde sempre, non dimostra nulla.",
        lambda case: case.form in {*_SILENT, Form.REFUSED},
    ),
    Rule(
        "no_opinion", Outcome.INSUFFICIENT, None, "ADR 0004",
        "No rule speaks about an answer of this kind.",
        "Nessuna regola riguarda una risposta di questo tipo.",
        lambda _: True,
    ),
)  # fmt: skip


class Fold(NamedTuple):
    """A reason why cells that say something come to nothing together."""

    rule_id: str
    outcome: Outcome
    source: str
    sentence_en: str
    sentence_it: str


ANSWERS_DISAGREE: Final = Fold(
    "answers_disagree",
    Outcome.INSUFFICIENT,
    "ADR 0004",
    "Some answers withhold the name and others give it: the counts say how many.",
    "Alcune risposte negano il nome e altre lo danno: i conteggi dicono quante.",
)
ANSWERS_DOUBTFUL: Final = Fold(
    "answers_doubtful",
    Outcome.INSUFFICIENT,
    "ADR 0004",
    "Some answers would decide; others, from which nothing follows here, point the other way.",
    "Alcune risposte deciderebbero; altre, da cui qui non si ricava nulla, indicano il contrario.",
)
OTHER_TYPE: Final = Fold(
    "other_type",
    Outcome.INSUFFICIENT,
    "ADR 0004",
    "The name was not asked for its addresses of the first kind (A), and no other type stands in for them.",
    "Non sono stati chiesti gli indirizzi del primo tipo (A) del nome, e nessun altro tipo ne fa le veci.",
)
VERIFIED_UNDECIDED: Final = Fold(
    "verified_undecided",
    Outcome.INSUFFICIENT,
    "ADR 0004",
    "The verified channel answered and nothing follows from it; port 53 alone cannot stand in its place.",
    "Il canale verificato ha risposto senza che se ne ricavi nulla; la porta 53 da sola non può sostituirlo.",
)
VERIFIED_NOT_ASKED: Final = Fold(
    "verified_not_asked",
    Outcome.INSUFFICIENT,
    "ADR 0004",
    "The verified channel was in the round but was not asked for this name; port 53 alone cannot stand in its place.",
    "Il canale verificato era nel ciclo ma non è stato interrogato su questo nome; la porta 53 da sola non può sostituirlo.",
)
NOT_PLAIN: Final = Fold(
    "not_plain",
    Outcome.INSUFFICIENT,
    "ADR 0004",
    "The question was put only with DNSSEC asked for, which is not how users ask.",
    "La domanda è stata posta solo chiedendo DNSSEC, e gli utenti non chiedono così.",
)
FOLDS: Final = (ANSWERS_DISAGREE, ANSWERS_DOUBTFUL, VERIFIED_UNDECIDED, VERIFIED_NOT_ASKED, OTHER_TYPE, NOT_PLAIN)
RULE_IDS: Final = (*(rule.rule_id for rule in RULES), *(fold.rule_id for fold in FOLDS))


@lru_cache(maxsize=16)
def rules_of(named: tuple[str, ...]) -> tuple[Rule, ...]:
    """The rules that a policy names, in our order; all where it names none. What was judged by fewer stays so."""
    return tuple(rule for rule in RULES if not named or rule.rule_id in named)


def _has_soa(case: Case) -> bool:
    return case.seen.reading is not None and case.seen.reading.soa_at == "authority"
