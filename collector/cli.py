"""`ottempera collector`: set up, serve, enrol, rebuild, check."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schema.codec import encode
from schema.errors import ConfigError

if TYPE_CHECKING:
    from collector.rounds import Round
    from schema.dsse import Signer

app = typer.Typer(no_args_is_help=True, help="Receive, judge and keep what the probes record.")
Data = Annotated[Path | None, typer.Option("--data", help="Folder of a deployment with its embedded Postgres.")]
DatabaseUrl = Annotated[
    str | None, typer.Option("--database-url", help="A Postgres that somebody runs: postgresql://...")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
Probe = Annotated[str, typer.Argument(metavar="PROBE", help="Id of the vantage, such as mi-01.")]
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
    config: Annotated[Path, typer.Option("--config", "-c", help="Settings, TOML.")] = Path(
        "/etc/ottempera/collector.toml"
    ),
    *,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Publish plans, receive batches, judge them and answer with pages, until a signal ends it."""
    from collector.config import read_config
    from collector.serving import serve as run

    given = _dsn(ctx, data, database_url) if data or database_url else ""
    settings = read_config(config, database_url=given)

    def ready(address: str, signer: Signer) -> None:
        _step(f"serving {address} with key {signer.public_key.hex()}")

    async def until_signal() -> None:
        stop = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        await run(settings, stop=stop, ready=ready)

    asyncio.run(until_signal())


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
    from schema.registry import Vantage

    if len(country) != 2 or not (country.isascii() and country.isalpha()):  # noqa: PLR2004 - ISO 3166-1 alpha-2
        raise ConfigError(f"{country!r} is not a country", remedy="Write two letters, such as IT.")
    vantage = Vantage(probe, asn, operator, country.upper(), custodian)
    asyncio.run(commands.enroll(_dsn(ctx, data, database_url), vantage, read_public_key(public_key)))
    _tell({"enrolled": probe}, f"{probe} may deliver", as_json=as_json)


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


def _dsn(ctx: typer.Context, data: Path | None, database_url: str | None) -> str:
    """Where the data is; the root command hands a function down that knows what --data means."""
    if ctx.obj is not None:
        dsn: str = ctx.obj(data, database_url)
        return dsn
    if database_url is None:
        raise ConfigError("no database is named", remedy="Give --database-url.")
    return database_url


def _step(text: str) -> None:
    typer.echo(text, err=True)


def _tell(facts: dict[str, object], text: str, *, as_json: bool) -> None:
    typer.echo(encode(facts) if as_json else text)
