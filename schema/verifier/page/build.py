"""Makes the page one file: modules, style and texts inlined, allowed to run by their hashes and nothing else beside them.

The sources are ES modules of a narrow form, so that no bundler is needed: imports of names or of a whole module from a
neighbour, one declaration after `export`. What is written otherwise is refused rather than guessed at.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Final

SOURCES: Final = Path(__file__).parent
#: The file that is kept in the repository and handed out.
PAGE: Final = SOURCES.with_name("verify.html")
_ENTRY: Final = "app.js"
_IMPORT: Final = re.compile(r'^import (?:\{([^{}]*)\}|\* as (\w+)) from "(\.{1,2}/[\w./-]+\.js)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export ((?:async )?(?:function\*?|class|const|let) (\w+))", re.MULTILINE)
_LEFT: Final = re.compile(r"^\s*(?:import|export)\b|\bimport\s*\(|\bimport\.meta\b", re.MULTILINE)
#: What would end a script, or begin a comment, for the browser that reads the page.
_MARKUP: Final = re.compile(r"</(?:script|style)|<!--", re.IGNORECASE)
_POLICY: Final = "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; form-action 'none'"


def render(sources: Path = SOURCES) -> str:
    """The page as one text, the same for the same *sources* (a folder).

    Raises:
        ValueError: a module imports or exports in another form than the narrow one, or in a circle.
    """
    script = f'\n"use strict";\n{"".join(_modules(sources))}'
    style = "\n" + (sources / "page.css").read_text(encoding="utf-8")
    for text in (script, style):
        if found := _MARKUP.search(text):
            raise ValueError(f"{found[0]} in a script or style would be read as markup")
    policy = _POLICY.format(script=_hash(script), style=_hash(style))
    page = (sources / "page.html").read_text(encoding="utf-8")
    for mark, text in (("{{policy}}", policy), ("{{style}}", style), ("{{script}}", script)):
        if page.count(mark) != 1:
            raise ValueError(f"page.html has {mark} not once")
        page = page.replace(mark, text)
    return page


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def _modules(sources: Path) -> list[str]:
    """Each module that the entry needs, as a constant, after those that it needs itself."""
    done: dict[Path, str] = {}
    _take(sources.resolve() / _ENTRY, sources.resolve(), done, ())
    return list(done.values())


def _take(file: Path, top: Path, done: dict[Path, str], above: tuple[Path, ...]) -> None:
    name = file.relative_to(top).as_posix()
    if file in above:
        raise ValueError(f"{name} imports itself, by way of others")
    if file in done:
        return
    source = file.read_text(encoding="utf-8")
    taken = []
    for names, whole, path in _IMPORT.findall(source):
        other = (file.parent / path).resolve()
        _take(other, top, done, (*above, file))
        bound = whole or "{ " + ", ".join(_renamed(one) for one in names.split(",") if one.strip()) + " }"
        taken.append(f"const {bound} = {_constant(other, top)};\n")
    exported = [name for _, name in _EXPORT.findall(source)]
    body = _EXPORT.sub(r"\1", _IMPORT.sub("", source)).strip("\n")
    if left := _LEFT.search(body):
        raise ValueError(f"{name}: {left[0].strip()} in a form that is not known here")
    done[file] = (
        f"\n// {name}\nconst {_constant(file, top)} = (() => {{\n{''.join(taken)}{body}\n"
        f"return {{ {', '.join(exported)} }};\n}})();\n"
    )


def _renamed(name: str) -> str:
    """`one as other`, as a pattern that takes a value apart has it."""
    return name.strip().replace(" as ", ": ")


def _constant(file: Path, top: Path) -> str:
    return "$" + re.sub(r"\W", "_", file.relative_to(top).with_suffix("").as_posix())
