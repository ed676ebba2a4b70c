"""`ottempera bundle export` and `show`: evidence carried out of a database, and looked at."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from schema.errors import ConfigError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from collector.evidence.export import Asked, Exported
    from collector.evidence.signing import BundleKey
    from schema.trust import Needs

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command()(export)
    app.command()(show)


def export(  # noqa: PLR0913 - one parameter an option
    *,
    order: Annotated[str, typer.Option("--order", help="Id of the order that the question is about.")],
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="First day, such as 2026-11-01; Europe/Rome.")],
    last: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day, included.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write; one that is there is not overwritten.")],
    operator: Annotated[
        list[str] | None, typer.Option("--operator", help="Only this addressee (slug); repeatable.")
    ] = None,
    name: Annotated[list[str] | None, typer.Option("--name", help="Only this name of the order; repeatable.")] = None,
    data: Annotated[Path | None, typer.Option("--data", help="Folder of the deployment.")] = None,
    database_url: Annotated[
        str | None, typer.Option("--database-url", envvar="OTTEMPERA_DATABASE_URL", help="Any Postgres instead.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", help="The collector's key. [default: that of the folder]")
    ] = None,
    trust: Annotated[
        Path | None,
        typer.Option("--trust", help="How many authorities and witnesses are needed. [default: the folder's]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Everything that answers a question, in one signed file; or a refusal that names what is missing."""
    from collector.evidence.export import Asked
    from collector.evidence.signing import read_bundle_key
    from deploy.local.datadir import DataFolder
    from deploy.source import database

    folder = DataFolder(data)
    if database_url and key is None:
        raise ConfigError("the collector's key is not in the database", remedy="Name its file with --key.")
    needs = _needs(trust or (None if database_url else folder.path / "trust.json"), required=trust is not None)
    asked = Asked(
        order,
        (_day(first, "--from"), _day(last, "--to")),
        tuple(operator or ()),
        tuple(name or ()),
        needs.authorities if needs else None,
        needs.cosignatures if needs else 1,
    )
    signing = read_bundle_key(key or folder.collector_key)
    done = _write(database(data, database_url), asked, signing, out)
    if as_json:
        from collector.evidence.show import as_json as written

        typer.echo(written({"file": str(out), **done._asdict()}))
        return
    whole = f", {done.whole} of them whole" if done.whole else ""
    typer.echo(f"{out}: {done.plans} plans, {done.rounds} rounds{whole}, {done.records} records", nl=False)
    typer.echo(f"; {len(done.absent)} rounds absent" if done.absent else "")


def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The bundle.")],
    *,
    plan: Annotated[int | None, typer.Option("--plan", min=1, help="One plan, by number; with --probe.")] = None,
    probe: Annotated[str | None, typer.Option("--probe", help="Whose round of it.")] = None,
    cell: Annotated[int | None, typer.Option("--cell", min=0, help="One question of it, as dig prints it.")] = None,
    lang: Annotated[Literal["en", "it"], typer.Option("--lang", help="English or Italian.")] = "en",
    as_json: AsJson = False,
) -> None:
    """What is inside a bundle: who, where, when, what was asked and answered. It checks nothing."""
    from collector.evidence import show as shown

    if (plan is None) != (probe is None) or (cell is not None and plan is None):
        raise ConfigError(
            "--plan, --probe and --cell say where", remedy="Give --plan and --probe, and --cell if wanted."
        )
    try:
        with file.open("rb") as opened:
            if plan is None or probe is None:
                lines: Iterable[str] = (
                    [shown.as_json(shown.overview_facts(opened))] if as_json else shown.overview(opened, lang)
                )
            elif as_json:
                lines = shown.round_json(opened, plan, probe, cell)
            elif cell is None:
                lines = shown.show_round(opened, plan, probe, lang)
            else:
                lines = shown.show_cell(opened, plan, probe, cell, lang)
            for line in lines:
                typer.echo(line)
    except OSError as error:
        raise UnavailableError(str(error), remedy="Check the path and who may read it.") from error


def _write(dsn: str, asked: Asked, key: BundleKey, out: Path) -> Exported:
    """Write beside *out* and rename, so that what stands there is whole."""
    partial = out.with_name(out.name + ".part")
    if out.exists():
        raise ConfigError(f"{out} exists", remedy="Name another file with --out.")
    try:
        with partial.open("xb") as file:
            done = asyncio.run(_export(dsn, asked, key, file, out.parent))
        partial.rename(out)
    except FileExistsError as error:
        raise ConfigError(f"{partial} exists", remedy="An export is under way, or was cut off: remove it.") from error
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UnavailableError(
            f"cannot write {out}: {error.strerror}", remedy="Make room, or use another --out."
        ) from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return done


async def _export(dsn: str, asked: Asked, key: BundleKey, file: BinaryIO, folder: Path) -> Exported:
    from collector.evidence.export import export_bundle
    from collector.store import Store

    store = await Store.connect(dsn)
    try:
        return await export_bundle(store, asked, key, out=file, scratch=lambda: _scratch(folder), progress=_progress)
    finally:
        await store.close()


def _scratch(folder: Path) -> BinaryIO:
    """A file without a name, gone when it is closed; where the bundle will be there is room for its parts."""
    return tempfile.TemporaryFile(dir=folder)


def _progress(text: str) -> None:
    typer.echo(text, err=True)


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{option}: {text!r} is no day", remedy="Write it as 2026-11-01.") from error


def _needs(path: Path | None, *, required: bool) -> Needs | None:
    """What a trust file asks for; none where nobody keeps one."""
    from schema.trust import read_trust

    if path is None or (not required and not path.exists()):
        return None
    try:
        return read_trust(path.read_bytes()).needs
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}", remedy="Name the file with --trust.") from error
