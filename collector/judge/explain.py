"""A verdict in words, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge.wording import WORDINGS
from schema.words import Note, Origin, Outcome

if TYPE_CHECKING:
    from schema.verdict import Verdict

_OUTCOMES: Final = {
    Outcome.BLOCKED: ("blocked", "bloccato"),
    Outcome.OPEN: ("open", "aperto"),
    Outcome.DEAD: ("dead", "inesistente"),
    Outcome.FAILING: ("failing", "guasto"),
    Outcome.INSUFFICIENT: ("insufficient evidence", "prove insufficienti"),
}
_ORIGINS: Final = {
    Origin.RESOLVER: (
        "The resolver itself is shown to have answered.",
        "È dimostrato che ha risposto il risolutore stesso.",
    ),
    Origin.PATH: (
        "Something on the path is shown to answer in the resolver's place.",
        "È dimostrato che qualcosa sul percorso risponde al posto del risolutore.",
    ),
    Origin.UNATTRIBUTED: (
        "Who answered is not shown: nothing is said of the resolver.",
        "Chi ha risposto non è dimostrato: nulla si dice del risolutore.",
    ),
}
_NOTES: Final = {
    Note.PATH_INTERFERES: (
        "Port 53 is answered by something on the path.",
        "Sulla porta 53 risponde qualcosa sul percorso.",
    ),
    Note.TRANSPORTS_DIFFER: ("Transports come out differently.", "I trasporti danno esiti diversi."),
    Note.TYPES_DIFFER: ("Other record types come out differently.", "Altri tipi di record danno un esito diverso."),
    Note.ADDRESSES_DIFFER: (
        "The resolver's addresses come out differently.",
        "Gli indirizzi del risolutore danno esiti diversi.",
    ),
    Note.PROFILES_DIFFER: ("With DNSSEC asked for the answer is another.", "Chiedendo DNSSEC la risposta è un'altra."),
    Note.POOL: (
        "One question, put again, comes out differently: a pool of servers.",
        "La stessa domanda, ripetuta, ha esiti diversi: un gruppo di server.",
    ),
    Note.DEAD_NAME: ("The name exists nowhere else.", "Il nome non esiste altrove."),
    Note.PARKED: ("The name is parked.", "Il nome è parcheggiato."),
    Note.MAY_BE_CACHED: ("A cache may explain the answer.", "Una cache può spiegare la risposta."),
    Note.MORE_THAN_ONE_ANSWER: (
        "One question got several different answers.",
        "A una domanda sono giunte più risposte diverse.",
    ),
    Note.CONTROLS_MISSING: (
        "Too few independent operators answered.",
        "Troppo pochi operatori indipendenti hanno risposto.",
    ),
    Note.CONTROLS_DISAGREE: (
        "Independent operators contradict each other.",
        "Gli operatori indipendenti si contraddicono.",
    ),
    Note.KNOWN_GOOD_FAILS: (
        "An endpoint does not answer the name that always answers.",
        "Un endpoint non risponde per il nome che risponde sempre.",
    ),
    Note.KNOWN_ABSENT_ANSWERED: (
        "An endpoint invents answers for names that do not exist.",
        "Un endpoint inventa risposte per nomi inesistenti.",
    ),
    Note.OTHER_AUTHORITY: ("The block is of another list.", "Il blocco è di un'altra lista."),
    Note.INDICATIVE: ("Indicative: one vantage is no evidence.", "Indicativo: un solo punto di misura non è prova."),
}


class Explained(NamedTuple):
    """The same in English and Italian."""

    en: str
    it: str


def explain(verdict: Verdict) -> Explained:
    """Say what *verdict* concludes, by which rule, and what stands beside it; one line each."""
    return Explained(*(_say(verdict, language) for language in (0, 1)))


def _say(verdict: Verdict, language: int) -> str:
    parts = [
        f"{verdict.resolver}, {verdict.name}: {_OUTCOMES[verdict.outcome][language]}.",
        WORDINGS[verdict.rule][language] if verdict.rule in WORDINGS else verdict.rule,
    ]
    if verdict.origin is not None:
        parts.append(_ORIGINS[verdict.origin][language])
    parts += [_NOTES[note][language] for note in verdict.notes]
    return " ".join(parts)
