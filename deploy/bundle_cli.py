"""`ottempera bundle`: evidence as one file. What it takes to check one is imported when it runs, never a database's driver."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from deploy import bundling
from schema.errors import ConfigError, OttemperaError, UnavailableError

if TYPE_CHECKING:
    from schema.verifier.replay import Replay
    from schema.verifier.steps import Result, Step
    from schema.verifier.verify import Report

app = typer.Typer(name="bundle", no_args_is_help=True, help="Evidence that a stranger can check, as one file.")
bundling.register(app)

Language = Annotated[Literal["en", "it"], typer.Option("--lang", help="English or Italian.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="The bundle.")]
#: What each result means, in a sentence.
_SENTENCES = {
    "en": {
        "valid": "Valid and complete.",
        "absences": "Valid; the rounds listed above are absent.",
        "altered": "Altered: the bundle is not what was recorded, signed and stamped.",
        "incomplete": "Incomplete: something that belongs to the answer is not in the bundle.",
        "undecided": "Not decided: what is needed to decide is not trusted, not known or not installed here.",
    },
    "it": {
        "valid": "Valido e completo.",
        "absences": "Valido; i turni elencati sopra sono assenti.",
        "altered": "Alterato: il fascicolo non è ciò che fu registrato, firmato e marcato.",
        "incomplete": "Incompleto: nel fascicolo manca qualcosa che appartiene alla risposta.",
        "undecided": "Non deciso: ciò che serve per decidere non è fidato, non è noto o non è installato qui.",
    },
}
_WORDS = {
    "en": (
        "holds",
        "does not hold",
        "Checked",
        "Absent",
        "plan",
        "and {} more",
        ": closed in two ways",
        ": closed, and the log says that its records are not what the close says",
        "Newest signature of the root zone in the records",
    ),
    "it": (
        "regge",
        "non regge",
        "Verificati",
        "Assenti",
        "piano",
        "e altri {}",
        ": chiuso in due modi",
        ": chiuso, e il registro dice che le sue osservazioni non sono quelle della chiusura",
        "Firma più recente della zona radice nelle osservazioni",
    ),
}
_COUNTS = {
    "files": "file",
    "checkpoints": "checkpoint",
    "entries": "righe del registro",
    "cosignatures": "controfirme",
    "tokens": "marche temporali",
    "plans": "piani",
    "probe logs": "registri di sonde",
    "rounds": "turni",
    "records": "osservazioni",
    "gaps": "lacune",
    "root zone signatures": "firme della zona radice",
    "closes of plans that the log does not hold": "chiusure di piani che il registro non ha",
}
_SHOWN_ABSENCES = 20


@app.command()
def verify(
    file: File,
    *,
    trust: Annotated[Path, typer.Option("--trust", help="Whose logs, clocks and witnesses you trust (JSON).")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    lang: Language = "en",
) -> None:
    """Check a bundle step by step, offline; it ends with 0 only if every step holds and nobody is absent."""
    from schema.errors import FormatError
    from schema.verifier.steps import EXIT
    from schema.verifier.verify import open_trust
    from schema.verifier.verify import verify as take_steps

    try:
        trusted = open_trust(trust.read_bytes())
    except FormatError as error:
        remedy = "The collector's own is printed by `ottempera collector trust`; compare its keys with a copy you were given."
        raise ConfigError(f"{trust}: {error}", remedy=remedy) from error
    except OSError as error:
        raise _unreadable(error) from error
    printer = _Printer(lang)
    progress = _silent if as_json else printer.step
    try:
        with file.open("rb") as opened:
            report = take_steps(opened, trusted, replay=_replay(), progress=progress, walked=printer.walked)
    except OSError as error:
        raise _unreadable(error) from error
    if as_json:
        _print_json(report)
    else:
        _print_report(report, lang)
    raise typer.Exit(EXIT[report.result])


@app.command()
def page(
    *,
    out: Annotated[Path, typer.Option("--out", help="Where to write it; a file that is there stays.")] = Path(
        "verify.html"
    ),
) -> None:
    """Write out verify.html: the same check in a browser, opened from disk, but for the replay of the rules."""
    from hashlib import sha256

    from schema.verifier.page.build import PAGE

    data = PAGE.read_bytes()
    try:
        with out.open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise ConfigError(f"{out} exists", remedy="Name another file with --out.") from error
    except OSError as error:
        raise UnavailableError(f"cannot write {out}: {error.strerror}", remedy="Use another --out.") from error
    typer.echo(f"{sha256(data).hexdigest()}  {out}")


class _Printer:
    """A line a step, as it becomes known."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._shown = sys.stderr.isatty()

    def walked(self, done: int, of: int) -> None:
        """On a terminal: how far the steps are that take long; the next line is written over it."""
        if self._shown:
            typer.echo(f"\r{done}/{of}\r", err=True, nl=False)

    def step(self, step: Step, result: Result) -> None:
        holds, does_not, *_ = _WORDS[self._lang]
        text = step.italian if self._lang == "it" else step.english
        typer.echo(f"{step.id}  {holds if result == 'valid' else does_not}  {text}")


def _silent(_step: Step, _result: Result) -> None:
    """With --json everything is said at the end."""


def _replay() -> Replay | None:
    """Who knows the rules; none where only what verifies is installed."""
    try:
        from collector.evidence.replay import Replayer
    except ImportError:
        return None
    return Replayer()


def _unreadable(error: OSError) -> OttemperaError:
    return UnavailableError(str(error), remedy="Check the path and who may read it.")


def _print_report(report: Report, lang: str) -> None:
    from schema.timing import ZONE

    _, _, checked, absent, plan, more, twice, unfulfilled, root_zone = _WORDS[lang]
    typer.echo()
    if report.detail and report.step != "9.1":
        typer.echo(f"{report.step}: {report.detail}")
    counted = ", ".join(
        f"{count} {_COUNTS.get(what, what) if lang == 'it' else what}" for what, count in report.counts.items()
    )
    typer.echo(f"{checked}: {counted}." if counted else f"{checked}: 0.")
    if report.root_zone_since is not None:
        typer.echo(f"{root_zone}: {report.root_zone_since.astimezone(ZONE):%Y-%m-%d %H:%M:%S %Z}")
    if report.absences and report.step in {"", "9.1"}:
        for one in report.absences[:_SHOWN_ABSENCES]:
            when = f"{one.at.astimezone(ZONE):%Y-%m-%d %H:%M %Z}"
            why = twice if one.disputed else unfulfilled if one.unfulfilled else ""
            typer.echo(f"{absent}: {one.probe}, {plan} {one.number}, {when}{why}")
        if len(report.absences) > _SHOWN_ABSENCES:
            typer.echo(f"{absent}: {more.format(len(report.absences) - _SHOWN_ABSENCES)}")
    typer.echo(_SENTENCES[lang][report.result])


def _print_json(report: Report) -> None:
    from schema.codec import encode

    said: dict[str, Any] = {
        "result": report.result,
        "step": report.step or None,
        "detail": report.detail,
        "absences": [
            {
                "number": one.number,
                "at": one.at,
                "probe": one.probe,
                "disputed": one.disputed,
                "unfulfilled": one.unfulfilled,
            }
            for one in report.absences
        ],
        "counts": report.counts,
        "root_zone_since": report.root_zone_since,
        "bundle": report.bundle,
    }
    typer.echo(encode(said).decode())
