"""What each rule says, in English and Italian: a sentence a person can read to a court, and what would change it."""

from __future__ import annotations

from typing import Final, NamedTuple


class Wording(NamedTuple):
    """One rule in words."""

    en: str
    it: str


#: By rule id; a test holds that every rule has its row.
WORDINGS: Final = {
    "off_net": Wording(
        "The resolver serves its own network only, and this vantage is elsewhere.",
        "Il risolutore serve solo la propria rete, e questo punto di misura è altrove.",
    ),
    "ede_censored": Wording(
        "The answer says that the name is censored by an external requirement (extended error 16).",
        "La risposta dichiara che il nome è oscurato per un obbligo esterno (errore esteso 16).",
    ),
    "ede_blocked": Wording(
        "The answer says that the operator blocks the name (extended error 15).",
        "La risposta dichiara che l'operatore blocca il nome (errore esteso 15).",
    ),
    "user_filter": Wording(
        "The answer is that of a filter which the user chose: no order's doing.",
        "La risposta è quella di un filtro scelto dall'utente: non di un ordine.",
    ),
    "ede_filtered": Wording(
        "The answer says that a filter which the user asked for withholds the name (extended error 17): no order's doing.",
        "La risposta dichiara che il nome è escluso da un filtro scelto dall'utente (errore esteso 17): non da un ordine.",
    ),
    "ede_forged": Wording(
        "The answer says of itself that it is forged (extended error 4).",
        "La risposta dichiara di essere artefatta (errore esteso 4).",
    ),
    "policy_zone_soa": Wording(
        "The answer carries the SOA of a response policy zone in its additional section: a policy rewrote it.",
        "La risposta porta nella sezione addizionale il SOA di una zona di policy: una regola l'ha riscritta.",
    ),
    "google_refused": Wording(
        "The operator refuses this name and answers others, over a verified channel: its documented way to block by order.",
        "L'operatore rifiuta questo nome e risponde ad altri, su canale verificato: il suo modo documentato di bloccare.",
    ),
    "unlike_its_twin": Wording(
        "The operator denies the name in the shape it documents for blocks, and its unfiltered service does not.",
        "L'operatore nega il nome nella forma che documenta per i blocchi, e il suo servizio senza filtri no.",
    ),
    "stop_page_address": Wording(
        "The answer is the address of a known stop page.",
        "La risposta è l'indirizzo di una pagina di blocco nota.",
    ),
    "stop_page_alias": Wording(
        "The answer leads to the name of a known stop page.",
        "La risposta conduce al nome di una pagina di blocco nota.",
    ),
    "forged_soa": Wording(
        "The answer carries the SOA of a zone that a blocking tool invents.",
        "La risposta porta il SOA di una zona che uno strumento di blocco inventa.",
    ),
    "null_address": Wording(
        "The answer is the unspecified address: no site can be there.",
        "La risposta è l'indirizzo nullo: nessun sito può trovarsi lì.",
    ),
    "loopback_address": Wording(
        "The answer sends the user to the user's own machine.",
        "La risposta rimanda l'utente alla sua stessa macchina.",
    ),
    "private_address": Wording(
        "The answer is an address that is not reachable on the Internet.",
        "La risposta è un indirizzo che su Internet non è raggiungibile.",
    ),
    "nxdomain_but_alive": Wording(
        "The answer says that the name does not exist; independent operators agree that it does.",
        "La risposta dice che il nome non esiste; operatori indipendenti concordano che esiste.",
    ),
    "nodata_but_alive": Wording(
        "The answer says that the name has no address; independent operators agree that it has.",
        "La risposta dice che il nome non ha indirizzi; operatori indipendenti concordano che ne ha.",
    ),
    "alias_to_nothing": Wording(
        "The answer leads to another name and to no address; independent operators agree that the name has one.",
        "La risposta conduce a un altro nome e a nessun indirizzo; operatori indipendenti concordano che ne ha uno.",
    ),
    "alias_at_apex": Wording(
        "The answer puts an alias at the top of a zone, where none can be, and leads where no independent operator does.",
        "La risposta pone un alias alla radice di una zona, dove non può stare, e conduce dove nessun operatore indipendente conduce.",
    ),
    "one_address_for_many": Wording(
        "The resolver gives one and the same address for unrelated names; independent operators give others for each.",
        "Il risolutore dà lo stesso indirizzo per nomi senza relazione; operatori indipendenti ne danno altri per ciascuno.",
    ),
    "refused_but_alive": Wording(
        "The endpoint refuses this name again and again and answers another; independent operators agree that it lives.",
        "L'endpoint rifiuta più volte questo nome e risponde a un altro; operatori indipendenti concordano che è attivo.",
    ),
    "servfail_but_alive": Wording(
        "The endpoint fails on this name again and again and answers another; independent operators agree that it lives.",
        "L'endpoint fallisce più volte su questo nome e risponde a un altro; operatori indipendenti concordano che è attivo.",
    ),
    "timeout_but_alive": Wording(
        "The endpoint is silent on this name again and again and answers another; independent operators agree that it lives.",
        "L'endpoint tace più volte su questo nome e risponde a un altro; operatori indipendenti concordano che è attivo.",
    ),
    "address_in_control": Wording(
        "The answer gives an address that independent operators give too.",
        "La risposta dà un indirizzo che danno anche operatori indipendenti.",
    ),
    "dead_everywhere": Wording(
        "The name does not exist, here or at independent operators.",
        "Il nome non esiste, né qui né presso operatori indipendenti.",
    ),
    "endpoint_fails": Wording(
        "The endpoint does not answer, nor is it seen to answer any other name.",
        "L'endpoint non risponde, né risulta rispondere ad altri nomi.",
    ),
    "endpoint_unfit": Wording(
        "The endpoint refuses or denies the name that always answers: nothing follows from its answers here.",
        "L'endpoint rifiuta o nega il nome che risponde sempre: dalle sue risposte qui non si ricava nulla.",
    ),
    "not_asked": Wording(
        "The question was not put; the probe says why.",
        "La domanda non è stata posta; la sonda dice perché.",
    ),
    "several_answers": Wording(
        "Several different answers came to one question: one of them is not the resolver's.",
        "A una domanda sono giunte più risposte diverse: una di esse non è del risolutore.",
    ),
    "unusable_answer": Wording(
        "What came is cut short, unreadable or no answer to this question.",
        "Ciò che è giunto è troncato, illeggibile o non risponde a questa domanda.",
    ),
    "fault_stated": Wording(
        "The answer explains itself by a fault or by stale data.",
        "La risposta si spiega con un guasto o con dati scaduti.",
    ),
    "controls_disagree": Wording(
        "Independent operators contradict each other about this name.",
        "Gli operatori indipendenti si contraddicono su questo nome.",
    ),
    "controls_missing": Wording(
        "Fewer than two independent operators answered over a verified channel.",
        "Meno di due operatori indipendenti hanno risposto su un canale verificato.",
    ),
    "answered_though_dead": Wording(
        "The answer is none that a name which exists nowhere else can have; a cache may explain it.",
        "La risposta non è di un nome che altrove non esiste più; può venire da una cache.",
    ),
    "no_such_record": Wording(
        "Independent operators agree that the name has no record of this type.",
        "Gli operatori indipendenti concordano che il nome non ha record di questo tipo.",
    ),
    "address_unknown": Wording(
        "The answer is an address that no independent operator gives and nothing else is known of.",
        "La risposta è un indirizzo che nessun operatore indipendente dà e di cui non si sa altro.",
    ),
    "not_repeated": Wording(
        "A single refusal, failure or silence, or one without the name that always answers beside it, shows nothing.",
        "Un solo rifiuto, guasto o silenzio, o uno senza accanto il nome che risponde sempre, non dimostra nulla.",
    ),
    "no_opinion": Wording(
        "No rule speaks about an answer of this kind.",
        "Nessuna regola riguarda una risposta di questo tipo.",
    ),
    "answers_disagree": Wording(
        "Some answers withhold the name and others give it: the counts say how many.",
        "Alcune risposte negano il nome e altre lo danno: i conteggi dicono quante.",
    ),
    "answers_doubtful": Wording(
        "Some answers would decide; others, from which nothing follows here, point the other way.",
        "Alcune risposte deciderebbero; altre, da cui qui non si ricava nulla, indicano il contrario.",
    ),
    "verified_undecided": Wording(
        "The verified channel answered and nothing follows from it; port 53 alone cannot stand in its place.",
        "Il canale verificato ha risposto senza che se ne ricavi nulla; la porta 53 da sola non può sostituirlo.",
    ),
    "verified_not_asked": Wording(
        "The verified channel was in the round but was not asked for this name; port 53 alone cannot stand in its place.",
        "Il canale verificato era nel ciclo ma non è stato interrogato su questo nome; la porta 53 da sola non può sostituirlo.",
    ),
    "other_type": Wording(
        "The name was not asked for its addresses of the first kind (A), and no other type stands in for them.",
        "Non sono stati chiesti gli indirizzi del primo tipo (A) del nome, e nessun altro tipo ne fa le veci.",
    ),
    "not_plain": Wording(
        "The question was put only with DNSSEC asked for, which is not how users ask.",
        "La domanda è stata posta solo chiedendo DNSSEC, e gli utenti non chiedono così.",
    ),
}
