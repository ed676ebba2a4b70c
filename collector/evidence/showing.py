"""The words of `bundle show`, English and Italian. Pure; what comes from the network is escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge.explain.text import error, shown, written
from schema.dnswire import DnsWireError, read
from schema.dnswire.rcodes import RCODES
from schema.words import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schema.bundle.parts import Days
    from schema.entry import Enrolment
    from schema.record import Answer, Record, TlsSeen

_MOST_SHOWN: Final = 4  # addresses of an answer


class Saying(NamedTuple):
    """What stands in braces is filled in."""

    invented: str
    unchecked: str
    order: str
    operators: str
    names: str
    period: str
    log: str
    who: str
    network: str
    kept: str
    stamps: str
    measured: str
    numbers: str
    days: str
    planned: str
    further: str
    round: str
    between: str
    gaps: str
    sent: str
    question: str
    answer: str
    nothing: str
    not_asked: str
    unreadable: str
    no_records: str
    also: str
    verified: tuple[str, str]
    untimed: str
    roles: Mapping[Role, str]

    def vantage(self, one: Enrolment) -> str:
        """Who measured, from where."""
        place = f"{self.network} AS{one.asn} {written(one.operator)} ({written(one.country)})"
        return f"{shown(one.probe)}: {place}, {self.kept} {written(one.custodian) or '?'}"

    def day(self, row: Days, counts: Iterable[tuple[str, int]]) -> str:
        """A day of a resolver and name."""
        said = ", ".join(f"{self.untimed if word == 'untimed' else word} {count}" for word, count in counts)
        head = f"{row.day}  {shown(row.resolver)}  {shown(row.name, 255).removesuffix('.')}"
        return f"{head}: {row.planned} {self.planned}: {said or '-'}"

    def asked(self, record: Record) -> str:
        """What was asked, of whom, how."""
        role = f" ({self.roles[record.role]})" if record.role in self.roles else ""
        question = f"{shown(record.name, 255)} {shown(record.qclass)} {shown(record.qtype)} [{record.profile}]"
        return f"{shown(record.resolver)}{role}, {shown(record.endpoint, 200)}, {question}"

    def came(self, record: Record) -> str:
        """What came of it, in a few words."""
        if record.gap is not None:
            return self.not_asked.format(record.gap)
        said = [self._said(answer) for answer in record.answers]
        if record.role is Role.MEASURE and record.http is not None:
            said.append(f"HTTP {record.http.status}")
        if record.failure is not None:
            said.append(self.nothing.format(record.failure))
        return self.also.join(said) or self.nothing.format("-")

    def _said(self, answer: Answer) -> str:
        try:
            reading = read(answer.wire)
        except DnsWireError:
            return self.unreadable
        rcode = RCODES.get(reading.rcode) or f"RCODE{reading.rcode}"
        addresses = [*reading.addresses[:_MOST_SHOWN], *(["..."] if len(reading.addresses) > _MOST_SHOWN else [])]
        words = [rcode]
        if reading.cname_chain:
            words.append("-> " + " -> ".join(shown(name, 255) for name in reading.cname_chain[:_MOST_SHOWN]))
        words.append(" ".join(addresses) if addresses else "" if reading.answer_count else self.no_records)
        words += [f"EDE {error(code, text)}" for code, text in reading.ede[:_MOST_SHOWN]]
        return ", ".join(word for word in words if word)

    def tls(self, seen: TlsSeen) -> str:
        """What the handshake showed."""
        return (
            f"TLS {shown(seen.version)}, {self.verified[seen.verified]}: {' '.join(shown(one) for one in seen.chain)}"
        )


ENGLISH: Final = Saying(
    invented="*** Invented data: a laboratory's scripted world. ***",
    unchecked="What the file says; nothing of it is checked here: `ottempera bundle verify` does that.",
    order="Order",
    operators="Operators",
    names="Names",
    period="Days",
    log="Log (lines)",
    who="Who measured",
    network="network",
    kept="kept by",
    stamps="Time stamps in the log",
    measured="{plans} plans, {rounds} rounds closed by probes",
    numbers="Plans {first} to {last}",
    days="Day by day (rounds by answer)",
    planned="rounds planned",
    further="One round: --plan N --probe P. One question, as dig prints it: --plan N --probe P --cell C.",
    round="Plan {number}, probe {probe}, start {at}",
    between="Closed between {} and {}, by the time stamps",
    gaps="Not asked, by the close of the round: cells {}",
    sent="Sent {} (the probe's clock)",
    question="question",
    answer="answer",
    nothing="no answer ({})",
    not_asked="not asked ({})",
    unreadable="not a DNS message",
    no_records="no records",
    also="; also: ",
    verified=("certificate not verified", "certificate verified"),
    untimed="untimed",
    roles={
        Role.CONTROL: "control",
        Role.IDENTITY: "who answers",
        Role.KNOWN_GOOD: "a name that always answers",
        Role.KNOWN_ABSENT: "a name that exists nowhere",
        Role.CANARY: "an address that runs no DNS",
        Role.LOOK: "a look at a site's certificate",
        Role.MEASURE: "a site's status over HTTPS",
        Role.TIME: "the root zone, for its dates",
    },
)
ITALIAN: Final = Saying(
    invented="*** Dati inventati: il mondo simulato di un laboratorio. ***",
    unchecked="Ciò che dice il file; qui nulla è verificato: lo fa `ottempera bundle verify`.",
    order="Ordine",
    operators="Operatori",
    names="Nomi",
    period="Giorni",
    log="Registro (righe)",
    who="Chi ha misurato",
    network="rete",
    kept="custode",
    stamps="Marche temporali nel registro",
    measured="{plans} piani, {rounds} turni chiusi dalle sonde",
    numbers="Piani da {first} a {last}",
    days="Giorno per giorno (turni per risposta)",
    planned="turni pianificati",
    further="Un turno: --plan N --probe P. Una domanda, come la stampa dig: --plan N --probe P --cell C.",
    round="Piano {number}, sonda {probe}, inizio {at}",
    between="Chiuso fra {} e {}, secondo le marche temporali",
    gaps="Non chieste, secondo la chiusura del turno: celle {}",
    sent="Inviata {} (orologio della sonda)",
    question="domanda",
    answer="risposta",
    nothing="nessuna risposta ({})",
    not_asked="non chiesta ({})",
    unreadable="non è un messaggio DNS",
    no_records="nessun record",
    also="; inoltre: ",
    verified=("certificato non verificato", "certificato verificato"),
    untimed="senza tempo",
    roles={
        Role.CONTROL: "controllo",
        Role.IDENTITY: "chi risponde",
        Role.KNOWN_GOOD: "un nome che risponde sempre",
        Role.KNOWN_ABSENT: "un nome che non esiste",
        Role.CANARY: "un indirizzo senza DNS",
        Role.LOOK: "uno sguardo al certificato di un sito",
        Role.MEASURE: "lo stato di un sito via HTTPS",
        Role.TIME: "la zona radice, per le sue date",
    },
)
