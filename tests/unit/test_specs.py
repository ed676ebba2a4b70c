"""The specifications say what the code does: fields, steps, results, and the bytes of their examples."""

from __future__ import annotations

import csv
import re
from base64 import b64encode
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest

from schema.entry import PolicyKept, entry_line
from schema.log import Tree, leaf_hash
from schema.neverprobe import NeverProbe, digest
from schema.note import Checkpoint, Note, NoteSigner, probe_origin, witness_name
from schema.policy import Policy
from schema.record import gap_line
from schema.verifier.steps import EXIT, STEPS, Step
from schema.words import Gap

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parents[2]
SPEC = TOP / "schema" / "spec"
VERIFIER = TOP / "schema" / "verifier"
PAGES = sorted(SPEC.glob("sp-*.md"))
TEXT = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
BUNDLE = TEXT["sp-008-bundle.md"]

FIELDS = re.compile(r"<!-- (schema(?:\.\w+)+) -->\n\| field \| type \| meaning \|\n(?:\|-+){3}\|\n((?:\|.*\|\n)+)")
EXAMPLE = re.compile(r"<!-- example: (\w+) -->\n```\n(.*?)\n```\n", re.DOTALL)
STEP = re.compile(r"^### (\d\.\d) (.+)\nResult: (\w+)\.( Not by the page\.)?", re.MULTILINE)
RESULT = re.compile(r"^\| (\w+) \| (\d+) \|$", re.MULTILINE)


class FieldTable(NamedTuple):
    """The table of one struct: its dotted name, and names and types of its rows."""

    struct: str
    rows: tuple[tuple[str, str], ...]


def field_tables() -> Iterator[FieldTable]:
    for text in TEXT.values():
        for struct, body in FIELDS.findall(text):
            cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in body.splitlines()]
            yield FieldTable(struct, tuple((row[0], row[1]) for row in cells))


TABLES = list(field_tables())


def struct_of(dotted: str) -> type[msgspec.Struct]:
    module, _, name = dotted.rpartition(".")
    kind: type[msgspec.Struct] = getattr(import_module(module), name)
    return kind


def has_default(field: msgspec.structs.FieldInfo) -> bool:
    return field.default is not msgspec.NODEFAULT or field.default_factory is not msgspec.NODEFAULT


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.struct)
def test_fields(table: FieldTable) -> None:
    """A table names the fields of its struct as they are written, in their order, and which may be left out."""
    kind = struct_of(table.struct)
    config = kind.__struct_config__
    fields = msgspec.structs.fields(kind)
    tag = [config.tag_field] if config.tag_field else []
    assert [name for name, _ in table.rows] == tag + [field.encode_name for field in fields]
    if tag:
        assert table.rows[0][1] == f'"{config.tag}"'
    whole = not config.omit_defaults
    for (name, kind_of), field in zip(table.rows[len(tag) :], fields, strict=True):
        assert ("= " in kind_of) == (has_default(field) and not whole), f"{table.struct}.{name}"


def test_each_struct_that_travels_has_its_table() -> None:
    modules = ("record", "entry", "enrol", "receipt", "plan", "cells", "trust", "bundle.parts", "verdict")
    structs = {
        f"schema.{module}.{name}"
        for module in modules
        for name, kind in vars(import_module(f"schema.{module}")).items()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__module__ == f"schema.{module}"
        if not name.startswith("_")
    }
    inner = {
        "schema.verdict.Counts",
        "schema.verdict.Interception",
        "schema.verdict.MeasureFacts",
        "schema.verdict.NameFacts",
    }  # in no bundle by itself
    assert structs - inner <= {table.struct for table in TABLES}
    assert len(TABLES) == len({table.struct for table in TABLES})


def test_steps() -> None:
    """The steps stand in the specification as in the code: number, order, title, what it comes to, who takes it."""
    written = [(number, title, result, not apart) for number, title, result, apart in STEP.findall(BUNDLE)]
    assert written == [(step.id, step.english, step.fault.value, step.page) for step in STEPS]


def test_results() -> None:
    assert {name: int(code) for name, code in RESULT.findall(BUNDLE)} == {key.value: code for key, code in EXIT.items()}


def labelled(step: str, files: list[Path]) -> bool:
    """Whether the step's number begins a comment or a string somewhere."""
    label = re.compile(rf"""(?:# |// |["'`]){re.escape(step)}(?![\d.])""")
    return any(label.search(file.read_text(encoding="utf-8")) for file in files)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_each_step_is_labelled_in_the_command(step: Step) -> None:
    files = [file for file in VERIFIER.rglob("*.py") if file.name != "steps.py"]
    assert labelled(step.id, files)


@pytest.mark.parametrize("step", [step for step in STEPS if step.page], ids=lambda step: step.id)
def test_each_step_of_the_page_is_labelled_there(step: Step) -> None:
    files = [file for file in (VERIFIER / "page" / "core").rglob("*.js") if file.stem not in {"steps", "texts"}]
    assert labelled(step.id, files)


def test_gap_words() -> None:
    """No reason needs an escape in the line of a gap."""
    assert all(re.fullmatch("[a-z_]+", gap) for gap in Gap)


def example_leaf() -> str:
    line = gap_line("0" * 64, "mi-01", 3, Gap.BREAKER)
    return f"line  {line.decode()}\nleaf  {leaf_hash(line).hex()}"


def example_tree() -> str:
    tree = Tree(leaf_hash(b"%d" % number) for number in range(5))
    shown = {
        "leaf 0": (tree.leaf(0),),
        "root of 3": (tree.root(3),),
        "root of 5": (tree.root(),),
        "inclusion of 2 in 5": tree.inclusion(2),
        "consistency of 3 and 5": tree.consistency(3),
        "range proof of 1, 4": tree.subset([1, 4]),
    }
    return "\n".join(f"{what:22} {one.hex()}" for what, many in shown.items() for one in many)


def example_entry() -> str:
    policy = msgspec.json.encode({})
    assert msgspec.json.decode(policy, type=Policy) == Policy()
    line = entry_line(PolicyKept(digest=sha256(policy).hexdigest()))
    return f"line  {line.decode()}\nleaf  {leaf_hash(line).hex()}"


def example_note() -> str:
    signer = NoteSigner(b"\x01" * 32)
    checkpoint = Checkpoint(probe_origin("mi-01", "00" * 16), 1, leaf_hash(b"0"))
    witness = NoteSigner(b"\x02" * 32)
    cosigned = witness.cosign(checkpoint, name=witness_name("rm-01"), at=1_700_000_000)
    keys = {"log": signer.public_key, "witness": witness.public_key}
    shown = "".join(f"\nkey of the {who:8} {b64encode(key).decode()}" for who, key in keys.items())
    packed = Note(checkpoint, (signer.sign(checkpoint), cosigned)).pack().decode().rstrip("\n")
    return f"{packed}\n{shown}"


def example_never_probe() -> str:
    salt = bytes(range(32))
    return NeverProbe(salt, [digest(salt, "never-this.example.")]).pack().decode().removesuffix("\n")


EXAMPLES = {
    "leaf": example_leaf,
    "tree": example_tree,
    "entry": example_entry,
    "note": example_note,
    "never_probe": example_never_probe,
}


def test_examples() -> None:
    """The bytes that stand in the pages are computed here; what is printed on failure belongs there."""
    written = {name: body for text in TEXT.values() for name, body in EXAMPLE.findall(text)}
    assert written == {name: make() for name, make in EXAMPLES.items()}


def table_of_cheats() -> str:
    with (SPEC / "who-can-cheat.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    lines = [head, ["-" * 3] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def test_who_can_cheat() -> None:
    """The table in the page is the one that the attacks are held against."""
    assert f"<!-- who-can-cheat -->\n{table_of_cheats()}\n" in BUNDLE


def test_index_names_each_page() -> None:
    named = re.findall(r"\((sp-[\w-]+\.md)\)", (SPEC / "README.md").read_text(encoding="utf-8"))
    assert named == [page.name for page in PAGES]


def test_references_lead_somewhere() -> None:
    """`sp-007 §3` names a page and a section that it has."""
    sections: dict[str, set[str]] = {
        name[:6]: set(re.findall(r"^## (\d+) ", text, re.MULTILINE)) for name, text in TEXT.items()
    }
    for name, text in {**TEXT, "README.md": (SPEC / "README.md").read_text(encoding="utf-8")}.items():
        for page, section in re.findall(r"(sp-\d{3})(?: §(\d+))?", text):
            assert page in sections, f"{name}: {page}"
            assert not section or section in sections[page], f"{name}: {page} §{section}"
