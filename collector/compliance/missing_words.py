"""What a value that nobody verified is, in English and in Italian: beside the word by which commands call it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from schema.order import Order

#: By the first words of the field, the longest first.
_FIELDS: Final = (
    ("penalty_per_day.per", "for what the sum of a day is due", "per che cosa è dovuta la somma giornaliera"),
    ("penalty_per_day.relapse", "whether a relapse costs", "se la somma è dovuta anche in caso di ricaduta"),
    ("penalty_per_day", "the sum of a day", "la somma giornaliera"),
    ("document", "the document itself", "il documento stesso"),
    ("starts", "the event and the day from which time runs", "l'evento e il giorno da cui decorre il termine"),
    ("confirmed", "the day of the confirmation", "il giorno della conferma"),
    ("grace", "the time to comply", "il termine per adempiere"),
    ("valid_to", "the last day of the order", "l'ultimo giorno di efficacia"),
    ("terms", "a term of this addressee", "un termine proprio di questo destinatario"),
    ("day_rule", "the rule by which days are counted", "la regola con cui si contano i giorni"),
    ("measure", "whether only the DNS answer counts", "se conta solo la risposta DNS"),
    ("service", "which services are meant", "quali servizi sono intesi"),
    ("stay", "a stay", "una sospensione"),
    ("notice", "a notice, by its receipt", "una comunicazione, dalla sua ricevuta"),
    ("scope", "that the order covers the name so", "che l'ordine comprende così il nome"),
)
_OPEN: Final = ("open question", "questione aperta")
_UNKNOWN: Final = "unknown "


def missing_words(order: Order, field: str, *, italian: bool) -> str:
    """The *field* that is missing, as commands call it, and what it is; of an open question the question."""
    if field.startswith(_UNKNOWN):
        asked = field.removeprefix(_UNKNOWN)
        question = next((one.question for one in order.unknown if one.field == asked), asked)
        return f"{_OPEN[italian]}: {question}"
    for start, *said in _FIELDS:
        if field.startswith(start):
            return f"{field}: {said[italian]}"
    return field
