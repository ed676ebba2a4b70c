"""`ottempera probe`: keys, the agent, and a look at its health."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from probe.config import DEFAULT_PATH

app = typer.Typer(no_args_is_help=True, help="Measure from one vantage and ship what was recorded.")
ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The probe's settings, TOML.", show_default=True)]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


@app.command()
def keygen(
    state: Annotated[Path, typer.Option(help="Folder of the probe's key, plans and spool.")] = Path(
        "/var/lib/ottempera/probe"
    ),
    *,
    as_json: JsonOption = False,
) -> None:
    """Make the probe's key and print its public half, which `collector enroll` takes."""
    from probe.identity import create_key
    from schema.codec import encode

    path = state / "key"
    signer = create_key(path)
    if as_json:
        typer.echo(encode({"public_key": signer.public_key.hex(), "key": signer.key_id, "file": str(path)}))
        return
    typer.echo(f"public key  {signer.public_key.hex()}")
    typer.echo(f"key id      {signer.key_id}")
    typer.echo(f"kept in     {path}")
    typer.echo(f"enroll it   ottempera collector enroll ID --public-key {signer.public_key.hex()} --asn N --country IT")


@app.command("enroll")
def enroll_probe(
    token: Annotated[str, typer.Option(help="What `collector invite` printed; good once.")],
    collector: Annotated[str, typer.Option(help="Base URL of the collector, if not the settings'.")] = "",
    config: ConfigOption = DEFAULT_PATH,
    *,
    as_json: JsonOption = False,
) -> None:
    """Have the collector enrol this probe by a one-time token; makes the probe's key if there is none."""
    import msgspec

    from probe.config import load_config
    from probe.enrol import enroll
    from schema.codec import encode

    settings = load_config(config)
    key = enroll(msgspec.structs.replace(settings, collector=collector or settings.collector), token)
    if as_json:
        typer.echo(encode({"probe": settings.probe, "public_key": key.public_key.hex(), "key": key.key_id}))
        return
    typer.echo(f"{settings.probe} is enrolled with key {key.key_id}")


@app.command("rotate")
def rotate_key(config: ConfigOption = DEFAULT_PATH, *, as_json: JsonOption = False) -> None:
    """Change the probe's key: say so under the old key, ship what it signed, tell the collector. Stop `probe run` first."""
    from probe.clock import SystemClock
    from probe.config import load_config
    from probe.enrol import rotate
    from schema.codec import encode

    old, new = rotate(load_config(config), SystemClock())
    if as_json:
        typer.echo(encode({"public_key": new.public_key.hex(), "key": new.key_id, "before": old.key_id}))
        return
    typer.echo(f"signs with  {new.key_id}")
    typer.echo(f"no longer   {old.key_id}, which is kept beside it")


@app.command()
def run(config: ConfigOption = DEFAULT_PATH) -> None:
    """Measure for ever: execute every plan at its time, ship what was recorded."""
    from probe.live import run_live

    asyncio.run(run_live(config))


@app.command()
def once(config: ConfigOption = DEFAULT_PATH) -> None:
    """Execute the next plan once, at its time, and ship it."""
    from probe.live import run_once

    held = asyncio.run(run_once(config))
    typer.echo(f"plan {held.plan.number} executed and shipped" if held else "the collector has no plan to execute now")


@app.command()
def doctor(
    config: ConfigOption = DEFAULT_PATH,
    *,
    ask: Annotated[
        bool, typer.Option("--ask", help="Also ask who answers port 53 on this line, as the plan held here does.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what would keep this probe from measuring: key, clock, disk, collector. Asks a resolver only with --ask."""
    from probe.doctor import examine
    from schema.codec import encode

    checks = examine(config, ask=ask)
    if as_json:
        typer.echo(encode(checks))
    else:
        for check in checks:
            typer.echo(f"{'ok  ' if check.ok else 'BAD '} {check.what:<12} {check.found}")
            if check.remedy:
                typer.echo(f"     {'':<12} {check.remedy}")
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


@app.command()
def spool(config: ConfigOption = DEFAULT_PATH, *, as_json: JsonOption = False) -> None:
    """List the batches on this probe's disk and what each waits for: receipt, close of a round, inclusion in the log."""
    from probe.config import load_config
    from probe.spooled import spooled, waiting
    from schema.codec import encode

    rows = spooled(load_config(config).state)
    if as_json:
        typer.echo(encode(rows))
        return
    for row in rows:
        typer.echo(f"{row.chain[:8]}  {row.number:>8}  {row.bytes:>10} bytes  waits for {row.waits:<10}  {row.batch}")
    typer.echo(f"{len(rows)} batches: {waiting(rows)}" if rows else "the spool is empty")
