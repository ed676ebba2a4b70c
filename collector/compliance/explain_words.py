"""What the page of text says of an order's days, in English and in Italian: for counsel, so without the words of engineers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schema.order import ScopeRule, StartsFrom
from schema.words import Finding

if TYPE_CHECKING:
    from decimal import Decimal

    from schema.order import Order
    from schema.scope import Covered

#: Findings as people read them.
FINDINGS: Final = {
    Finding.COMPLIANT: ("name withheld", "nome bloccato"),
    Finding.NOT_COMPLIANT: ("name resolved on a due day", "nome risolto in giorno dovuto"),
    Finding.PARTLY_COMPLIANT: ("both were seen", "nome sia risolto sia bloccato"),
    Finding.NOT_TESTABLE: ("not testable", "non verificabile"),
    Finding.UNDETERMINED: ("undetermined", "indeterminato"),
    Finding.NOT_DUE: ("not due", "obbligo non esigibile"),
    Finding.OVER_BLOCKING: ("withheld without an order", "bloccato senza un ordine"),
}

#: The events from which time may run.
EVENTS: Final = {
    StartsFrom.ORDER: ("the order", "il provvedimento"),
    StartsFrom.SERVICE: ("service on the addressee", "la notifica al destinatario"),
    StartsFrom.PUBLICATION: ("publication", "la pubblicazione"),
    StartsFrom.NOTICE: ("notice of the name", "la comunicazione del nome"),
    StartsFrom.CONFIRMATION: ("confirmation on appeal", "la conferma in sede di reclamo"),
}

#: How each rule of a scope covers a name.
RULES: Final = {
    ScopeRule.EXACT: ("the order names it", "l'ordine lo indica"),
    ScopeRule.SUBTREE: (
        "the order names {scope} and everything below it",
        "l'ordine indica {scope} e tutto ciò che sta al di sotto",
    ),
    ScopeRule.SAME_LABEL_ANY_TLD: (
        "the order names the label of {scope} under any public suffix",
        "l'ordine indica l'etichetta di {scope} sotto qualunque suffisso pubblico",
    ),
    ScopeRule.LISTED_ALIAS: ("it stands in the order's list", "figura nell'elenco dell'ordine"),
    ScopeRule.ADJUDICATED: ("a person attached it to {scope}", "una persona lo ha aggiunto a {scope}"),
}

_TEXTS: Final = {
    "invented": (
        "INVENTED DATA: {title}. Nothing below is about what anybody did.",
        "DATI INVENTATI: {title}. Nulla di quanto segue riguarda condotte realmente tenute da qualcuno.",
    ),
    "order": ("Order {order}: {title}", "Ordine {order}: {title}"),
    "authority": (
        "{authority}, {issued}; version {version}, entered on {entered}{by}",
        "{authority}, {issued}; versione {version}, inserita il {entered}{by}",
    ),
    "by": (" by {by}", " da {by}"),
    "whom": ("Addressee: {operator}. Name: {name}", "Destinatario: {operator}. Nome: {name}"),
    "since": ("Since when it is due, and why", "Da quando l'obbligo è esigibile, e perché"),
    "runs": (
        "Time runs from {event}, {start}, whose own day is not counted. First due day: {due}.",
        "Il termine decorre da: {event}, {start}, giorno che non si conta. Primo giorno di obbligo: {due}.",
    ),
    "never": ("No day falls due: {reason}.", "In nessun giorno l'obbligo è esigibile: {reason}."),
    "no_days": ("No day is over yet.", "Nessun giorno è ancora concluso."),
    "covered": (
        "Covered by rule {rule} of version {version}: {words}.",
        "Vi rientra per la regola {rule} della versione {version}: {words}.",
    ),
    "attached": ("{by} attached it on {on}: {reason}", "aggiunto da {by} il {on}: {reason}"),
    "ends": ("Days are told up to {last}.", "I giorni sono riportati fino al {last}."),
    "sums": ("What the days come to", "Risultato dei giorni"),
    "due": ("{n} due", "{n} di obbligo"),
    "counted_sum": (
        "Counted: {days}{amount}. That is a lower bound: days that do not meet every condition stand below, with their reason.",
        "Conteggiati: {days}{amount}. È un limite inferiore: i giorni che non soddisfano ogni condizione sono riportati sotto, con il motivo.",
    ),
    "elsewhere": (
        "The sum of a day stands once: on {n} of these days it stands with another name or resolver of the order.",
        "La somma di un giorno è indicata una volta sola: per {n} di questi giorni figura con un altro nome o resolver dell'ordine.",
    ),
    "amount": (", {amount} {currency}", ", {amount} {currency}"),
    "counted": ("Days counted", "Giorni conteggiati"),
    "none_counted": ("None.", "Nessuno."),
    "agree": (
        "at least {networks} networks and {vantages} vantages in each round, kept by {custodians}; day rule {rule}",
        "almeno {networks} reti e {vantages} punti di misura in ogni ciclo, custoditi da {custodians}; regola del giorno {rule}",
    ),
    "witnesses": (
        "first record that decided {first} ({first_day}), last {last} ({last_day})",
        "prima registrazione decisiva {first} ({first_day}), ultima {last} ({last_day})",
    ),
    "not_counted": ("Days not counted, and why", "Giorni non conteggiati, e perché"),
    "would_be": ("if everything were verified: {finding}", "se tutto fosse verificato: {finding}"),
    "hypothesis": (
        "What it would be if the missing facts were verified",
        "Che cosa sarebbe se i fatti mancanti fossero verificati",
    ),
    "would_sum": (
        "{days} would be days on which the name resolved{amount}. Nothing of it is counted while these are missing:",
        "{days} sarebbero giorni in cui il nome è stato risolto{amount}. Nulla è conteggiato finché mancano:",
    ),
    "nothing_missing": (
        "Every fact that the counted days rest on is verified.",
        "Ogni fatto su cui poggiano i giorni conteggiati è verificato.",
    ),
    "readings": (
        "Other ways of counting: hypotheses beside each other, none is a result",
        "Altri modi di contare: ipotesi affiancate, nessuna è un risultato",
    ),
    "reading": (
        "from {event}, {start}: first due day {due}, {n} due, on {resolved} the name resolved{amount}{chosen}",
        "con decorrenza da: {event}, {start}: primo giorno di obbligo {due}, {n} di obbligo, in {resolved} il nome è stato risolto{amount}{chosen}",
    ),
    "unknown_start": (
        "from {event}: its day is not recorded",
        "con decorrenza da: {event}: il giorno non è registrato",
    ),
    "chosen": (" (as the order says)", " (secondo il provvedimento)"),
    "limits": (
        "What is counted is what was seen and recorded. What it means in law is for counsel and the court.",
        "Si conta ciò che è stato visto e registrato. Stabilire che cosa significhi in diritto spetta ai difensori e al giudice.",
    ),
}
_ITALIAN_NUMBERS: Final = str.maketrans(",.", ".,")
_DAYS: Final = (("day", "days"), ("giorno", "giorni"))
LANGUAGES: Final = ("en", "it")


def words(text: str, language: str, **values: object) -> str:
    """The text called *text* in `en` or `it`, with its values."""
    return _TEXTS[text][LANGUAGES.index(language)].format(**values)


def finding_words(finding: Finding, language: str) -> str:
    """A finding as people read it."""
    return FINDINGS[finding][LANGUAGES.index(language)]


def event_words(reading: str, language: str) -> str:
    """An event from which time may run."""
    return EVENTS[StartsFrom(reading)][LANGUAGES.index(language)]


def covered_words(order: Order, covered: Covered, version: int, language: str) -> str:
    """By which rule a name is covered."""
    entry = order.scope[covered.scope]
    said = RULES[covered.rule][LANGUAGES.index(language)].format(scope=entry.name)
    if covered.attached is not None:
        one = entry.attached[covered.attached]
        said = words("attached", language, by=one.by, on=one.on, reason=one.reason)
    return words("covered", language, rule=covered.scope + 1, version=version, words=said)


def days_words(number: int, language: str) -> str:
    """So many days."""
    return f"{number} {_DAYS[LANGUAGES.index(language)][number != 1]}"


def amount_words(amount: Decimal, language: str) -> str:
    """An amount with its thousands apart, as the language writes numbers."""
    return f"{amount:,}".translate(_ITALIAN_NUMBERS if language == "it" else {})
