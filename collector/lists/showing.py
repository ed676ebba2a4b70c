"""What a list changes, as text for a person and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.lists.reading import Odd
    from collector.lists.taking import Preview
    from schema.neverprobe import NeverProbe

SHOWN: Final = 20


def _entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number:,} entries"


def show(preview: Preview, never: NeverProbe) -> None:
    """Print what a person should see before a list is taken; a name that is never probed is not printed."""
    file, change, before = preview.file, preview.change, preview.before
    typer.echo(
        f"{preview.file_name}: {file.form}, {_entries(len(file.entries))}, {preview.untestable:,} not testable by DNS"
    )
    if file.header:
        typer.echo(f"header {file.header.raw}: number {file.header.number} of {file.header.day}")
    if file.repeated:
        typer.echo(f"{file.repeated:,} lines say again what another says")
    _tell_lines("not understood", file.odd)
    _tell_lines("left out", file.left_out)
    for doubt in preview.doubts:
        typer.echo(f"note: {doubt}")
    if preview.known:
        typer.echo(f"this file is version {preview.version} of the list of {preview.order_id} already")
        return
    typer.echo(f"{preview.order_id}: {f'after version {before.version}' if before else 'its first list'}")
    _tell_change("+", "added", [entry.text for entry in change.added], never)
    _tell_change("-", "removed", change.removed, never)


def _tell_lines(word: str, lines: Sequence[Odd]) -> None:
    for odd in lines[:SHOWN]:
        typer.echo(f"line {odd.line} {word}: {odd.why}")
    if len(lines) > SHOWN:
        typer.echo(f"lines {', '.join(str(odd.line) for odd in lines[SHOWN:])} {word}")


def _tell_change(sign: str, word: str, texts: Sequence[str], never: NeverProbe) -> None:
    typer.echo(f"{len(texts):,} {word}")
    for text in texts[:SHOWN]:
        typer.echo(f"  {sign} {_shown(text, never)}")
    if len(texts) > SHOWN:
        typer.echo(f"  {sign} and {len(texts) - SHOWN:,} more")


def facts(preview: Preview, never: NeverProbe) -> dict[str, object]:
    """The same as an object of JSON."""
    file, header = preview.file, preview.file.header
    return {
        "order_id": preview.order_id,
        "version": preview.version,
        "known": preview.known,
        "file": preview.file_name,
        "digest": preview.digest,
        "format": file.form,
        "header": {"raw": header.raw, "number": header.number, "day": header.day} if header else None,
        "entries": len(file.entries),
        "untestable": preview.untestable,
        "repeated": file.repeated,
        "not_understood": [odd._asdict() for odd in file.odd],
        "left_out": [odd._asdict() for odd in file.left_out],
        "notes": preview.doubts,
        "added": len(preview.change.added),
        "removed": len(preview.change.removed),
        "first_added": [_shown(entry.text, never) for entry in preview.change.added[:SHOWN]],
        "first_removed": [_shown(text, never) for text in preview.change.removed[:SHOWN]],
    }


def _shown(text: str, never: NeverProbe) -> str:
    return "(a name that is never probed)" if never.refuses(text) else text
