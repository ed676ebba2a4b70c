"""The root command; the only place that knows both probe and collector."""

from __future__ import annotations

import asyncio
import errno
import logging
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from collector.cli import app as collector_app
from collector.compliance.orders_cli import app as orders_app
from collector.successors.cli import app as successors_app
from deploy import behaviour, reading
from deploy.bundle_cli import app as bundle_app
from deploy.source import database
from probe.cli import app as probe_app
from schema.errors import OttemperaError, UnavailableError

#: A disk that is full or closed to us is nobody's fault yet.
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})

app = typer.Typer(
    name="ottempera",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Shows, day by day and with evidence, which DNS resolvers obey blocking orders.",
)
app.add_typer(probe_app, name="probe")
app.add_typer(collector_app, name="collector")
app.add_typer(orders_app, name="orders")
app.add_typer(successors_app, name="successors")
app.add_typer(bundle_app, name="bundle")
reading.register(app)
behaviour.register(app)


@app.callback()
def root(context: typer.Context) -> None:
    """Hand down what --data means; the parts below know only databases."""
    context.obj = database


Data = Annotated[Path | None, typer.Option("--data", help="Folder of the deployment and its embedded Postgres.")]
Lab = Annotated[bool, typer.Option("--lab", help="A scripted world on loopback; no packet leaves the machine.")]
Language = Annotated[Literal["en", "it"], typer.Option("--lang", help="English or Italian.")]
Scenario = Annotated[Path | None, typer.Option("--scenario", help="Scenario file of the lab. [default: milano-2022]")]


@app.command()
def up(
    *,
    lab: Lab = False,
    scenario: Scenario = None,
    rounds: Annotated[int | None, typer.Option("--rounds", min=1, help="So many further rounds, then end.")] = None,
    interval: Annotated[
        float | None, typer.Option("--interval", min=0, help="Seconds between rounds; 600 on the real network.")
    ] = None,
    data: Data = None,
    listen: Annotated[
        str, typer.Option("--listen", help="Where the pages and the collector answer.")
    ] = "127.0.0.1:8053",
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Whether the pages stay up after the last of --rounds.")
    ] = False,
) -> None:
    """Everything on one machine: database, collector, probes; with --lab also the world they measure."""
    from deploy.local.up import UpOptions, run_up

    options = UpOptions(
        lab=lab, scenario=scenario, rounds=rounds, interval_s=interval, data=data, listen=listen, serve=serve
    )
    asyncio.run(run_up(options))


@app.command()
def check(  # noqa: PLR0913 - an option is a parameter
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Names to ask.")],
    *,
    resolver: Annotated[
        list[str] | None, typer.Option("--resolver", help="Only this resolver (id); repeatable.")
    ] = None,
    transport: Annotated[list[str] | None, typer.Option("--transport", help="Only this transport; repeatable.")] = None,
    lab: Lab = False,
    scenario: Scenario = None,
    as_json: Annotated[bool, typer.Option("--json", help="One verdict a line, as `judge` prints it.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="With --json: after each verdict a line that says it in words.")
    ] = False,
    lang: Language = "en",
) -> None:
    """One look from here, without a database, each verdict with its reason. Indicative: one vantage is no evidence."""
    from deploy.local.check import Shape, run_check

    shape = Shape(language=lang, as_json=as_json, explained=explain)
    asyncio.run(
        run_check(names, resolvers=resolver or [], transports=transport or [], lab=lab, scenario=scenario, shape=shape)
    )


@app.command()
def judge(
    file: Annotated[str, typer.Argument(help="Lines as a probe writes them; - is standard input.")],
    world: Annotated[
        Path | None, typer.Option("--world", help="Who is who, TOML; default: the built-in registry.")
    ] = None,
    *,
    explain: Annotated[bool, typer.Option("--explain", help="Say each verdict in words, English and Italian.")] = False,
) -> None:
    """Verdicts from lines alone, one JSON object a line."""
    from collector.judge.cli import judge as run_judge

    run_judge(file, world, explain)


@app.command()
def rules(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Only these rules.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON array, both languages.")] = False,
    lang: Language = "en",
) -> None:
    """The rules by which answers are judged: what each says, its source, what would change its conclusion."""
    from collector.judge.cli import rules as print_rules

    print_rules(ids or [], lang, as_json=as_json)


def main() -> None:
    """Run the command; a refusal is one clear message and a documented exit code."""
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # a lost database is said by the command, not by its driver
    try:
        app()
    except OttemperaError as error:
        typer.echo(f"ottempera: {error}", err=True)
        if error.remedy:
            typer.echo(f"  {error.remedy}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno not in _DISK:
            raise
        typer.echo(f"ottempera: {error}\n  Make room or mend the permissions there.", err=True)
        sys.exit(UnavailableError.exit_code)


if __name__ == "__main__":
    main()
