"""Whatever rows the ledger holds, and in however many steps they enter: the log keeps to the rules of its order (sp-005)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from collector.evidence.barrier import Held, Known, is_ahead, objection
from collector.evidence.log import begin, compose
from collector.store.unlogged import OpenHead, OpenKey, OpenPlan, OpenRows, OpenStamp, OpenVantage
from schema.entry import Enrolment, KeyChanged, LogBegins, PlanPublished, ProbeCheckpoint, Stamped, read_entry
from schema.frontier import Frontier
from schema.log import Tree

AT = datetime(2026, 3, 2, tzinfo=UTC)
PROBES = ("mi-01", "rm-01", "to-01")


def digest(text: str) -> str:
    """Something that looks like one."""
    return sha256(text.encode()).hexdigest()


def rows(
    plans: range, probes: tuple[str, ...], heads: dict[str, range], keys: list[str], stamps: list[int]
) -> OpenRows:
    """Rows without entries, as the store gives them."""
    return OpenRows(
        policies=[digest(f"policy {plans}")],
        questions=[digest(f"questions {plans}")],
        vantages=[OpenVantage(one, digest(one), 3269, "TIM", "IT", "", AT) for one in probes],
        keys=[OpenKey(one, digest(f"new {one}"), digest(one), digest(one), bytes(64), AT) for one in keys],
        standings=[],
        orders=[],
        stamps=[OpenStamp(size, "a", digest(f"token {size}"), digest("c"), AT, 0) for size in stamps],
        plans=[OpenPlan(number, digest(f"plan {number}"), AT + timedelta(hours=number), digest("k"), bytes(64)) for number in plans],
        equivocations=[],
        heads=[
            OpenHead(one, "a" * 32, size, digest(f"{one} {size}"), digest("k"), bytes(64), size)
            for one, sizes in heads.items()
            for size in sizes
        ],
    )  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 4), st.booleans()), min_size=1, max_size=8)
)
def test_the_order_is_kept(steps: list[tuple[int, int, int, bool]]) -> None:
    """Numbers rise by one, heads grow, and what an entry rests on stands before it, a token over an earlier head only."""
    key = bytes(32)
    lines = [begin(1, key, AT)[1].line]
    plan, known, sizes, changed = 1, 0, dict.fromkeys(PROBES, 0), set[str]()
    for more_plans, more_probes, more_heads, change in steps:
        fresh = PROBES[known : known + more_probes]
        known += len(fresh)
        heads = {one: range(sizes[one] + 1, sizes[one] + 1 + more_heads) for one in PROBES[:known]}
        for one in heads:
            sizes[one] += more_heads
        turned = [one for one in PROBES[:known] if change and one not in changed]
        changed |= set(turned)
        stamps = [len(lines)]
        lines += [one.line for one in compose(rows(range(plan, plan + more_plans), fresh, heads, turned, stamps))]
        plan += more_plans
    numbers, enrolled, newest, keyed = 0, set[str](), dict[str, int](), set[str]()
    for index, entry in enumerate(map(read_entry, lines)):
        assert isinstance(entry, LogBegins) == (index == 0)
        match entry:
            case PlanPublished():
                assert entry.number == numbers + 1
                numbers = entry.number
            case Enrolment():
                enrolled.add(entry.probe)
            case KeyChanged():
                assert entry.probe in enrolled
                keyed.add(entry.probe)
            case ProbeCheckpoint():
                assert entry.probe in enrolled
                assert entry.size >= newest.get(entry.probe, 0)
                newest[entry.probe] = entry.size
            case Stamped():
                assert entry.size < index + 1
            case _:
                pass
    assert (numbers, newest) == (plan - 1, {one: size for one, size in sizes.items() if size})


def test_a_frontier_is_its_tree() -> None:
    """At every size up to 200."""
    tree, frontier = Tree(), Frontier()
    for size in range(201):
        assert (frontier.size, frontier.root) == (size, tree.root())
        leaf = sha256(b"%d" % size).digest()
        tree.append(leaf)
        frontier = frontier.grown(leaf)


def test_who_is_ahead() -> None:
    """More lines, another root, a later log; an earlier log is not."""
    tree = Tree(sha256(b"%d" % place).digest() for place in range(5))
    held = Held("c/k/2", 5, signed=True, root=tree.root)
    assert not any(is_ahead(Known("c/k/2", size, tree.root(size)), held) for size in range(6))
    assert is_ahead(Known("c/k/2", 6, bytes(32)), held)
    assert is_ahead(Known("c/k/2", 3, bytes(32)), held)
    assert is_ahead(Known("c/k/3", 1, bytes(32)), held)
    assert not is_ahead(Known("c/k/1", 99, bytes(32)), held)
    assert not is_ahead(Known("c/other/1", 99, bytes(32)), held._replace(others=["c/other/1"]))


def test_when_a_process_may_sign() -> None:
    """As the file, the witnesses and the database together say."""
    tree = Tree([bytes(32)])
    new, old = (Held("c/k/1", 1, signed=signed, root=tree.root) for signed in (False, True))
    file = Known("c/k/1", 1, tree.root())
    three = ["a", "b", "c"]
    assert objection(new, None, cosigners=[], heard=[]) is None
    assert objection(old, file, cosigners=[], heard=[]) is None
    assert objection(old, None, cosigners=[], heard=[]) is not None
    assert [objection(old, file, cosigners=three, heard=three[:heard]) is None for heard in range(4)] == [
        False,
        False,
        True,
        True,
    ]
    assert [objection(old, None, cosigners=three, heard=three[:heard]) is None for heard in range(4)] == [False] * 3 + [
        True
    ]
    assert objection(old, file._replace(size=2), cosigners=[], heard=[]) is not None
