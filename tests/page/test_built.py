"""The one file: made of its sources and of nothing else, and allowed to do nothing but run itself."""

from __future__ import annotations

import re
import shutil
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest

from schema.verifier.page.build import PAGE, SOURCES, render
from schema.verifier.steps import STEPS

TEXT: Final = PAGE.read_text(encoding="utf-8")


class _Elements(HTMLParser):
    """Every element with its attributes, and the text of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": []}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.lasttag in self.texts and self.cdata_elem:
            self.texts[self.lasttag].append(data)


PARSED: Final = _Elements(TEXT)


def test_is_what_its_sources_make() -> None:
    """Change a source, run `make schema`, and open the page before committing it."""
    assert render() == TEXT
    assert render() == render()


def test_holds_every_source() -> None:
    """Each module is in it once, after those that it needs; a module that nothing needs would be dead."""
    named = re.findall(r"^// ([\w/]+\.js)$", "".join(PARSED.texts["script"]), re.MULTILINE)
    assert sorted(named) == sorted(path.relative_to(SOURCES).as_posix() for path in SOURCES.rglob("*.js"))
    assert named[-1] == "app.js"


def test_nothing_but_itself_may_run() -> None:
    """The policy allows its script and its style by their hashes, images out of the page itself, and nothing else."""
    script, style = ("".join(PARSED.texts[tag]) for tag in ("script", "style"))
    policy = next(
        attrs["content"] for tag, attrs in PARSED.found if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    by_hash = {
        name: b64encode(sha256(text.encode()).digest()).decode()
        for name, text in (("script", script), ("style", style))
    }
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{by_hash['script']}'; style-src 'sha256-{by_hash['style']}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    tags = [tag for tag, _ in PARSED.found]
    assert (tags.count("script"), tags.count("style")) == (1, 1)
    assert tags.index("meta") < tags.index("style") < tags.index("script")


def test_names_nothing_outside() -> None:
    """No address stands in it: nothing is fetched, linked or sent."""
    assert not re.findall(r"\b(?:https?|wss?|ftp)://|//[a-z0-9-]+\.[a-z]", TEXT)
    carriers = {"src", "href", "action", "srcset", "style", "onclick", "onload"}
    links = {value for _, attrs in PARSED.found for name, value in attrs.items() if name in carriers}
    assert links == {"data:,"}
    for word in ("fetch(", "XMLHttpRequest", "WebSocket", "sendBeacon", "EventSource", "RTCPeerConnection", "import(", "eval(", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "new Function", "localStorage", "indexedDB"):  # fmt: skip
        assert word not in TEXT, word


def test_steps_are_those_of_the_command() -> None:
    """Number, both titles, what it comes to, and who takes it."""
    for step in STEPS:
        page = "" if step.page else ", false"
        assert f'step("{step.id}", "{step.english}", "{step.italian}", "{step.fault.value}"{page}),' in TEXT


def test_every_text_is_used_and_there_twice() -> None:
    """English and Italian stand beside each other; none of them is for nobody."""
    source = (SOURCES / "texts.js").read_text(encoding="utf-8")
    entries = re.findall(r"^  (\w+): \[\s*(\".*?\"),\s*(\".*?\"),?\s*\],$", source, re.MULTILINE | re.DOTALL)
    assert len(entries) == len(re.findall(r"^  \w+: \[", source, re.MULTILINE)) > 100
    others = "".join(
        path.read_text(encoding="utf-8") for path in SOURCES.glob("*.*") if path.suffix in {".js", ".html"}
    )
    others = others.replace(source, "")
    made = re.compile(r"headline\w+|means\w+|group\d")  # their keys are put together from a result or a step
    for key, english, italian in entries:
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", italian)), key
        assert made.fullmatch(key) or re.search(rf"[\"'`]{key}[\"'`]", others), key


CHANGES: Final = {
    "another module's default": 'import app from "./dom.js";\n',
    "from outside": 'import { a } from "https://example.org/a.js";\n',
    "while it runs": 'const later = () => import("./dom.js");\n',
    "a list of exports": "const a = 1;\nexport { a };\n",
    "a default": "export default 1;\n",
    "itself": 'import { draw } from "./app.js";\n',
    "the end of the script": "const end = '</script>';\n",
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_written_otherwise_is_refused(what: str, tmp_path: Path) -> None:
    """A form that would be bundled wrongly is no page at all."""
    shutil.copytree(SOURCES, tmp_path / "page")
    app = tmp_path / "page" / "app.js"
    app.write_text(CHANGES[what] + app.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ValueError, match=r".+"):
        render(tmp_path / "page")
