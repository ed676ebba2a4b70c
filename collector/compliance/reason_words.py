"""What each reason of a day says, in English and in Italian: for counsel and judges, so without the words of engineers.

A *round* is one plan: the same question put from all vantages at one time.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Words(NamedTuple):
    """One reason in words; what stands in braces are values of the row."""

    en: str
    it: str


#: Why nothing was due.
NOT_DUE_WORDS: Final = {
    "before_terms": Words(
        "not due: no version of the order had terms in force on this day",
        "obbligo non esigibile: in questo giorno nessuna versione dell'ordine aveva termini in vigore",
    ),
    "demand": Words(
        "not due: a letter of demand binds nobody",
        "obbligo non esigibile: una diffida non vincola",
    ),
    "watch": Words(
        "not due: nobody has ordered anything yet; the days serve as a baseline",
        "obbligo non esigibile: nessuno ha ancora ordinato nulla; i giorni servono da riferimento",
    ),
    "not_addressee": Words(
        "not due: in the version in force on this day {operator} is no addressee",
        "obbligo non esigibile: nella versione in vigore in questo giorno {operator} non è tra i destinatari",
    ),
    "resolver_not_meant": Words(
        "not due: the order does not mean the resolver {resolver}, or none of the addresses at which it is known here",
        "obbligo non esigibile: l'ordine non riguarda il resolver {resolver}, o nessuno degli indirizzi noti qui",
    ),
    "name_not_covered": Words(
        "not due: no rule of the order covered the name on this day",
        "obbligo non esigibile: in questo giorno nessuna regola dell'ordine comprendeva il nome",
    ),
    "not_served": Words(
        "not due: time runs from service, and no service on {operator} is recorded",
        "obbligo non esigibile: il termine decorre dalla notifica dell'ordine, e nessuna notifica a {operator} è registrata",
    ),
    "not_notified": Words(
        "not due: time runs from notice, and no notice of the name to {operator} is recorded",
        "obbligo non esigibile: il termine decorre dalla comunicazione del nome, e nessuna comunicazione a {operator} è registrata",
    ),
    "not_confirmed": Words(
        "not due: time runs from confirmation, and none is recorded",
        "obbligo non esigibile: il termine decorre dalla conferma dell'ordine, e nessuna conferma è registrata",
    ),
    "attached_not_notified": Words(
        "not due: the name was attached on {attached}, and no notice that names it to {operator} is recorded",
        "obbligo non esigibile: il nome è stato aggiunto il {attached}, e nessuna comunicazione che lo indichi a {operator} è registrata",
    ),
    "not_started": Words(
        "not due: the time to comply began on {start}, first due day {due}",
        "obbligo non esigibile: il termine per adempiere è iniziato il {start}, primo giorno di obbligo {due}",
    ),
    "time_to_comply": Words(
        "not due: the time to comply, which began on {start}, was running; first due day {due}",
        "obbligo non esigibile: il termine per adempiere, iniziato il {start}, era in corso; primo giorno di obbligo {due}",
    ),
    "stayed": Words(
        "not due: stayed since {since}, until {until}",
        "obbligo non esigibile: sospeso dal {since}, fino al {until}",
    ),
    "stayed_without_end": Words(
        "not due: stayed since {since}, without a recorded end",
        "obbligo non esigibile: sospeso dal {since}, senza una fine registrata",
    ),
    "ended": Words(
        "not due: the last day was {end}",
        "obbligo non esigibile: l'ultimo giorno era il {end}",
    ),
}

_SEEN_EN: Final = "in {countable} of {planned} rounds, and withheld in {blocked}"
_SEEN_IT: Final = "in {countable} su {planned} cicli, e bloccato in {blocked}"

#: What was seen, where that is enough to say.
SEEN_WORDS: Final = {
    "name_resolved": Words(
        f"name resolved on a due day: {_SEEN_EN}",
        f"nome risolto in giorno dovuto: {_SEEN_IT}",
    ),
    "counted_with": Words(
        f"name resolved on a due day: {_SEEN_EN}; the day's sum stands once, with {{resolver}} and {{name}}",
        f"nome risolto in giorno dovuto: {_SEEN_IT}; la somma del giorno è indicata una volta sola, con {{resolver}} e {{name}}",
    ),
    "after_compliance": Words(
        f"name resolved on a due day: {_SEEN_EN}; no sum, as the name was withheld on {{complied}} and a relapse is not verified to cost",
        f"nome risolto in giorno dovuto: {_SEEN_IT}; nessuna somma, perché il nome era stato bloccato il {{complied}} e non è verificato che la somma sia dovuta anche in caso di ricaduta",
    ),
    "no_sum": Words(
        f"name resolved on a due day: {_SEEN_EN}; the order sets no sum for a day",
        f"nome risolto in giorno dovuto: {_SEEN_IT}; l'ordine non prevede una somma giornaliera",
    ),
    "withheld": Words(
        "name withheld in {blocked} of {planned} rounds, and resolved in {countable}",
        "nome bloccato in {blocked} su {planned} cicli, e risolto in {countable}",
    ),
    "both_seen": Words(
        "both were seen: the name resolved in {countable} and was withheld in {blocked} of {planned} rounds",
        "entrambe le cose: il nome è stato risolto in {countable} e bloccato in {blocked} su {planned} cicli",
    ),
    "addresses_differ": Words(
        "addresses of the resolver answered differently, some withholding the name, in {n} of {planned} rounds",
        "gli indirizzi del resolver hanno risposto in modo diverso, alcuni bloccando il nome, in {n} su {planned} cicli",
    ),
    "pool": Words(
        "the same question was answered now one way and now the other in {n} of {planned} rounds",
        "la stessa domanda ha avuto risposte ora in un senso ora nell'altro in {n} su {planned} cicli",
    ),
    "name_dead": Words(
        "the name existed nowhere in {n} of {planned} rounds: nothing can be said of the resolver",
        "il nome non esisteva da nessuna parte in {n} su {planned} cicli: del resolver non si può dire nulla",
    ),
    "name_parked": Words(
        "the name was parked in {n} of {planned} rounds: the site was not there",
        "il nome era parcheggiato in {n} su {planned} cicli: il sito non c'era",
    ),
    "name_dead_or_parked": Words(
        "the name existed nowhere, or was parked, in {n} of {planned} rounds",
        "il nome non esisteva da nessuna parte, o era parcheggiato, in {n} su {planned} cicli",
    ),
}

_SHORT_EN: Final = (
    "of {planned} rounds {countable} count as resolved and {blocked} as withheld, and the day rule asks for {needed}; "
)
_SHORT_IT: Final = "di {planned} cicli {countable} valgono come risolto e {blocked} come bloccato, e la regola del giorno ne chiede {needed}; "


def _short(en: str, it: str) -> Words:
    """Too few rounds count, and what most of the others lack."""
    return Words(_SHORT_EN + en, _SHORT_IT + it)


#: Why nothing can be said.
UNDETERMINED_WORDS: Final = {
    "not_verified": Words(
        "the name resolved in {countable} of {planned} rounds; the day does not count while this is not verified: {missing}",
        "il nome è stato risolto in {countable} su {planned} cicli; il giorno non conta finché non è verificato: {missing}",
    ),
    "stay_not_verified": Words(
        "a stay since {since} is recorded and not verified ({field}): whether the day was due is open",
        "è registrata, e non verificata, una sospensione dal {since} ({field}): non è certo che quel giorno l'obbligo fosse esigibile",
    ),
    "end_not_verified": Words(
        "the last day is recorded as {end} and not verified ({field}): whether the day was due is open",
        "l'ultimo giorno è registrato come {end} e non verificato ({field}): non è certo che quel giorno l'obbligo fosse esigibile",
    ),
    "other_territory": Words(
        "the order reaches {ordered}, and the day was measured in {measured}",
        "l'ordine vale per {ordered}, e il giorno è stato misurato in {measured}",
    ),
    "no_territory": Words(
        "the order reaches {ordered}, and the day was measured without regard to the country",
        "l'ordine vale per {ordered}, e il giorno è stato misurato senza riguardo al paese",
    ),
    "other_measure_seen": Words(
        "the name resolved in {countable} of {planned} rounds, and another measure than withholding it was seen",
        "il nome è stato risolto in {countable} su {planned} cicli, ed è stata vista una misura diversa dal blocco del nome",
    ),
    "other_measure_not_tested": Words(
        "the name resolved in {countable} of {planned} rounds; whether another measure was in place was not tested, "
        "and that only the DNS answer counts is not verified",
        "il nome è stato risolto in {countable} su {planned} cicli; non è stato verificato se vi fosse un'altra misura, "
        "né che conti solo la risposta DNS",
    ),
    "challenge_not_excluded": Words(
        "the name resolved in {countable} of {planned} rounds; the order asks that this be excluded, and it is not: {challenges}",
        "il nome è stato risolto in {countable} su {planned} cicli; l'ordine chiede di escludere, e non è escluso: {challenges}",
    ),
    "not_measured": Words(
        "not measured: no published round of the day asked the resolver for the name",
        "non misurato: nessun ciclo pubblicato del giorno ha chiesto il nome al resolver",
    ),
    "swept_only": Words(
        "only rounds that go through long lists asked for the name; these count no day",
        "solo cicli che percorrono lunghi elenchi hanno chiesto il nome; non contano per alcun giorno",
    ),
    "nothing_came": Words(
        "nothing came of the {planned} rounds that were planned",
        "dei {planned} cicli previsti non è arrivato nulla",
    ),
    "quarter_missing": Words(
        "{n} of {planned} rounds count, but none of them lies in part {parts} of the {of} equal parts of the day",
        "contano {n} su {planned} cicli, ma nessuno cade nella parte {parts} delle {of} parti uguali del giorno",
    ),
    "too_few_rounds": Words(
        "{n} of {planned} rounds count, and the day rule asks for at least {needed}",
        "contano {n} su {planned} cicli, e la regola del giorno ne chiede almeno {needed}",
    ),
    "may_be_cached": Words(
        "the name resolved in {countable} of {planned} rounds, and a cache may explain every one of these answers",
        "il nome è stato risolto in {countable} su {planned} cicli, e una cache può spiegare ognuna di queste risposte",
    ),
    "rounds_missing": _short("of {n} nothing came", "di {n} non è arrivato nulla"),
    "vantages_missing": _short(
        "in {n} fewer than two thirds of the vantages agreed, as others were silent or undecided",
        "in {n} concordavano meno di due terzi dei punti di misura, essendo gli altri assenti o senza esito",
    ),
    "too_few_networks": _short(
        "in {n} too few networks came to a conclusion",
        "in {n} troppo poche reti sono giunte a una conclusione",
    ),
    "networks_disagree": _short("in {n} the networks did not agree", "in {n} le reti non concordavano"),
    "dissent": _short("in {n} a vantage saw something else", "in {n} un punto di misura ha visto altro"),
    "transports_differ": _short(
        "in {n} the verified channel and port 53 answered differently",
        "in {n} il canale verificato e la porta 53 hanno risposto in modo diverso",
    ),
    "addresses_differ_at_times": _short(
        "in {n} addresses of the resolver answered differently",
        "in {n} gli indirizzi del resolver hanno risposto in modo diverso",
    ),
    "pool_at_times": _short(
        "in {n} the same question was answered now one way and now the other",
        "in {n} la stessa domanda ha avuto risposte ora in un senso ora nell'altro",
    ),
    "path": _short(
        "in {n} something on the path answered in the resolver's place",
        "in {n} qualcosa lungo il percorso ha risposto al posto del resolver",
    ),
    "unattributed": _short(
        "in {n} it is not shown that the answer was the resolver's",
        "in {n} non è dimostrato che la risposta fosse del resolver",
    ),
    "controls": _short(
        "in {n} the independent operators said too little, or not the same",
        "in {n} gli operatori indipendenti hanno detto troppo poco, o non la stessa cosa",
    ),
    "failing": _short("in {n} the resolver did not work", "in {n} il resolver non funzionava"),
    "dead_at_times": _short("in {n} the name existed nowhere", "in {n} il nome non esisteva da nessuna parte"),
    "parked_at_times": _short("in {n} the name was parked", "in {n} il nome era parcheggiato"),
    "indicative": _short(
        "{n} are indicative only: fewer vantages than evidence takes",
        "{n} sono solo indicativi: meno punti di misura di quanti ne occorrano",
    ),
    "service_narrower": _short(
        "the order means some of the resolver's addresses or transports only, and in {n} it is not known how these answered",
        "l'ordine riguarda solo alcuni indirizzi o trasporti del resolver, e in {n} non è noto come questi abbiano risposto",
    ),
}
