"""`ottempera collector`: set up, serve, enrol, rebuild, check."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schema.codec import encode
from schema.errors import ConfigError

if TYPE_CHECKING:
    from collector.config import Config
    from collector.rounds import Round
    from schema.dsse import Signer
    from schema.registry import Vantage

app = typer.Typer(no_args_is_help=True, help="Receive, judge and keep what the probes record.")
Data = Annotated[Path | None, typer.Option("--data", help="Folder of a deployment with its embedded Postgres.")]
DatabaseUrl = Annotated[
    str | None, typer.Option("--database-url", help="A Postgres that somebody runs: postgresql://...")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
Probe = Annotated[str, typer.Argument(metavar="PROBE", help="Id of the vantage, such as mi-01.")]
Settings = Annotated[Path, typer.Option("--config", "-c", help="Settings, TOML.")]
SETTINGS = Path("/etc/ottempera/collector.toml")
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the ledger.")]


@app.command()
def migrate(
    ctx: typer.Context, *, data: Data = None, database_url: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """Bring the database to this program's schema: forward only, each step in its own transaction."""
    from collector.store.migrate import migrate as run

    applied = asyncio.run(run(_dsn(ctx, data, database_url), _step))
    _tell({"applied": applied}, f"{len(applied)} migrations applied" if applied else "up to date", as_json=as_json)


@app.command()
def serve(
    ctx: typer.Context,
    config: Settings = SETTINGS,
    *,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Publish plans, receive batches, judge them and answer with pages, until a signal ends it."""
    from collector.serving import serve as run

    settings = _settings(ctx, config, data, database_url)

    def ready(address: str, signer: Signer) -> None:
        _step(f"serving {address} with key {signer.public_key.hex()}")

    async def until_signal() -> None:
        stop = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        await run(settings, stop=stop, ready=ready)

    asyncio.run(until_signal())


@app.command()
def plan(
    ctx: typer.Context,
    config: Settings = SETTINGS,
    *,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Say what the next plans ask, how long a round and a whole sweep take, and what the ceilings cost; publish nothing."""
    from collector import commands
    from collector.planning.telling import lines

    _log_to_stderr()
    forecast = asyncio.run(commands.plan(_settings(ctx, config, data, database_url)))
    typer.echo(encode(forecast) if as_json else "\n".join(lines(forecast)))


@app.command()
def enroll(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    probe: Probe,
    *,
    public_key: Annotated[str, typer.Option("--public-key", help="As `ottempera probe keygen` prints it.")],
    asn: Annotated[int, typer.Option("--asn", min=1, max=2**32 - 1, help="Network that the probe stands on.")],
    country: Annotated[str, typer.Option("--country", help="Country of the line, two letters.")] = "IT",
    operator: Annotated[str, typer.Option("--operator", help="Access provider of the line.")] = "",
    custodian: Annotated[str, typer.Option("--custodian", help="Who keeps the machine.")] = "",
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Let a probe deliver; it is asked from the next plan on that is published."""
    from collector import commands
    from collector.key import read_public_key

    vantage = _vantage(probe, asn, operator, country, custodian)
    asyncio.run(commands.enroll(_dsn(ctx, data, database_url), vantage, read_public_key(public_key)))
    _tell({"enrolled": probe}, f"{probe} may deliver", as_json=as_json)


@app.command()
def invite(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    probe: Probe,
    *,
    asn: Annotated[int, typer.Option("--asn", min=1, max=2**32 - 1, help="Network that the probe will stand on.")],
    country: Annotated[str, typer.Option("--country", help="Country of the line, two letters.")] = "IT",
    operator: Annotated[str, typer.Option("--operator", help="Access provider of the line.")] = "",
    custodian: Annotated[str, typer.Option("--custodian", help="Who keeps the machine.")] = "",
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Print a token by which a probe enrols itself (`ottempera probe enroll`): good once, for a week."""
    from collector import commands

    vantage = _vantage(probe, asn, operator, country, custodian)
    token = asyncio.run(commands.invite(_dsn(ctx, data, database_url), vantage))
    _tell({"probe": probe, "token": token}, token, as_json=as_json)


@app.command()
def seal(
    ctx: typer.Context,
    config: Settings = SETTINGS,
    *,
    new_log: Annotated[
        bool, typer.Option("--new-log", help="Begin a new log: the old one cannot be signed any more.")
    ] = False,
    reason: Reason = "",
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Enter in the log what is new and sign it, as `serve` does from time to time. Stop `serve` first."""
    from collector import commands

    _log_to_stderr()
    settings = _settings(ctx, config, data, database_url)
    if new_log:
        origin = asyncio.run(commands.begin_log(settings, reason))
        _tell({"origin": origin}, f"{origin} has begun", as_json=as_json)
        return
    head = asyncio.run(commands.seal(settings)).checkpoint
    facts = {"origin": head.origin, "size": head.size, "root": head.root.hex()}
    _tell(facts, f"{head.origin}: {head.size} lines, root {head.root.hex()}", as_json=as_json)


@app.command()
def trust(
    ctx: typer.Context, config: Settings = SETTINGS, *, data: Data = None, database_url: DatabaseUrl = None
) -> None:
    """Print the trust file of this collector, which whoever verifies its bundles compares with what he was told."""
    from collector import commands

    typer.echo(asyncio.run(commands.trust(_settings(ctx, config, data, database_url))))


@app.command()
def revoke(
    ctx: typer.Context, probe: Probe, *, reason: Reason = "", data: Data = None, database_url: DatabaseUrl = None
) -> None:
    """Take nothing more from a probe, for good; what it delivered stays."""
    from collector import commands

    asyncio.run(commands.revoke(_dsn(ctx, data, database_url), probe, reason))
    _step(f"{probe} is revoked")


@app.command()
def resume(
    ctx: typer.Context, probe: Probe, *, reason: Reason = "", data: Data = None, database_url: DatabaseUrl = None
) -> None:
    """Take batches again from a probe that was suspended because its chain forked."""
    from collector import commands

    asyncio.run(commands.resume(_dsn(ctx, data, database_url), probe, reason))
    _step(f"{probe} may deliver again")


@app.command()
def rebuild(
    ctx: typer.Context, *, data: Data = None, database_url: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """Delete every judgement and make it again from the ledger, the same to the byte. Stop `serve` first."""
    from collector import commands

    done = 0

    def progress(one: Round) -> None:
        nonlocal done
        done += 1
        if done % 100 == 0:
            _step(f"{done} rounds judged, up to plan {one.plan_number}")

    rounds = asyncio.run(commands.rebuild_all(_dsn(ctx, data, database_url), progress))
    _tell({"rounds": rounds}, f"{rounds} rounds judged anew", as_json=as_json)


@app.command()
def fsck(ctx: typer.Context, *, data: Data = None, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Recompute from the stored bytes what is stored beside them; exit code 6 if anything does not agree."""
    from collector import commands
    from schema.errors import EvidenceError

    checked = 0

    def progress(batches: int) -> None:
        nonlocal checked
        checked = batches
        if batches % 1000 == 0:
            _step(f"{batches} batches checked")

    faults = asyncio.run(commands.fsck(_dsn(ctx, data, database_url), progress))
    if as_json:
        typer.echo(encode({"batches": checked, "faults": faults}))
    else:
        for fault in faults:
            typer.echo(f"{fault.where}: {fault.what}")
        typer.echo(f"{checked} batches checked, {len(faults)} faults")
    if faults:
        raise typer.Exit(EvidenceError.exit_code)


def _vantage(probe: str, asn: int, operator: str, country: str, custodian: str) -> Vantage:
    from schema.registry import Vantage

    if len(country) != 2 or not (country.isascii() and country.isalpha()):  # noqa: PLR2004 - ISO 3166-1 alpha-2
        raise ConfigError(f"{country!r} is not a country", remedy="Write two letters, such as IT.")
    return Vantage(probe, asn, operator, country.upper(), custodian)


def _settings(ctx: typer.Context, config: Path, data: Path | None, database_url: str | None) -> Config:
    from collector.config import read_config

    given = _dsn(ctx, data, database_url) if data or database_url else ""
    return read_config(config, database_url=given)


def _dsn(ctx: typer.Context, data: Path | None, database_url: str | None) -> str:
    """Where the data is; the root command hands a function down that knows what --data means."""
    if ctx.obj is not None:
        dsn: str = ctx.obj(data, database_url)
        return dsn
    if database_url is None:
        raise ConfigError("no database is named", remedy="Give --database-url.")
    return database_url


def _log_to_stderr() -> None:
    """What is logged on the way is not what was asked for."""
    import structlog

    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))


def _step(text: str) -> None:
    typer.echo(text, err=True)


def _tell(facts: dict[str, object], text: str, *, as_json: bool) -> None:
    typer.echo(encode(facts) if as_json else text)
