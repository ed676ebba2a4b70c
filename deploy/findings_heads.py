"""What the tables of findings are headed with, and what stands in their place, in English and Italian."""

from __future__ import annotations

from typing import Final

from schema.words import Finding

#: How a terminal shows each finding.
STYLES: Final = {
    Finding.NOT_COMPLIANT: "bold yellow",
    Finding.COMPLIANT: "green",
    Finding.PARTLY_COMPLIANT: "magenta",
    Finding.NOT_TESTABLE: "dim",
    Finding.UNDETERMINED: "italic",
    Finding.NOT_DUE: "dim",
}
#: Headings in English and Italian.
HEADS: Final = {
    "findings": ("Findings", "Accertamenti"),
    "readings": (
        "Other ways of counting: hypotheses, none is a result",
        "Altri modi di contare: ipotesi, nessuna è un risultato",
    ),
    "days": ("Counted, and not counted and why", "Conteggiati, e non conteggiati e perché"),
    "invented": ("INVENTED DATA", "DATI INVENTATI"),
    "order": ("order", "ordine"),
    "operator": ("operator", "operatore"),
    "name": ("name", "nome"),
    "resolver": ("resolver", "resolver"),
    "due": ("due since", "obbligo dal"),
    "days_due": ("days due", "giorni di obbligo"),
    "resolved": ("resolved", "risolti"),
    "withheld": ("withheld", "bloccati"),
    "both": ("both", "entrambi"),
    "untestable": ("not testable", "non verificabili"),
    "undetermined": ("undetermined", "indeterminati"),
    "amount": ("amount counted", "somma conteggiata"),
    "verified": ("verified", "verificato"),
    "would": ("if verified", "se verificato"),
    "from": ("time runs from", "il termine decorre da"),
    "starts": ("on", "il"),
    "sum": ("amount", "somma"),
    "chosen": ("as the order says", "secondo il provvedimento"),
    "counted": ("counted", "conteggiati"),
    "number": ("days", "giorni"),
    "finding": ("finding", "esito"),
    "spans": ("from .. to", "dal .. al"),
    "why": ("why", "perché"),
    "planned": ("rounds", "cicli"),
    "countable": ("resolved in", "risolto in"),
    "blocked": ("withheld in", "bloccato in"),
    "agree": ("networks / vantages", "reti / punti"),
    "witness": ("records that decided: first, last", "registrazioni decisive: prima, ultima"),
    "all": ("all names", "tutti i nomi"),
    "yes": ("yes", "sì"),
    "no": ("no", "no"),
}
EMPTY: Final = {
    "no_order": (
        "There are no findings: no order was imported. `ottempera orders import FILE --by WHO --reason WHY` enters one.",
        "Nessun accertamento: non è stato importato alcun ordine. `ottempera orders import FILE --by CHI --reason PERCHÉ` ne inserisce uno.",
    ),
    "not_yet": (
        (
            "There are no findings yet: no day is over since the orders were imported ({orders}), or nobody judges this "
            "database. `ottempera up`, `collector serve` or `collector rebuild` finds the days."
        ),
        (
            "Ancora nessun accertamento: nessun giorno è concluso da quando gli ordini sono stati importati ({orders}), o "
            "nessuno giudica questa banca dati. `ottempera up`, `collector serve` o `collector rebuild` accertano i giorni."
        ),
    ),
    "no_match": (
        "Nothing was found for that. Orders: {orders}. `ottempera findings` without options shows whom and which names.",
        "Nessun risultato. Ordini: {orders}. `ottempera findings` senza opzioni mostra chi e quali nomi.",
    ),
    "no_day": (
        "There is no row for {day}: it is before the order's terms, or not over yet.",
        "Non c'è alcuna riga per il {day}: precede i termini dell'ordine, o non è ancora concluso.",
    ),
}
