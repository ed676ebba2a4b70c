from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.successors.labels import MIN_STEM, change, learnt, variants

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    ("label", "other", "kind"),
    [
        ("examplesite", "ilexamplesite", "article il"),
        ("ilexamplesite", "examplesite", "article il"),
        ("examplesite", "the-examplesite", "article the"),
        ("examplesite", "examplesites", "ending s"),
        ("examplesite", "examplesite-it", "ending it"),
        ("examplesitetorrents", "examplesite", "ending torrents"),
        ("examplesite", "example-site", "hyphen"),
        ("examplesite", "examplesite24", "digits"),
        ("examplesite", "3xamplesite", "digits for letters"),
        ("examplesite", "exxamplesite", "doubled letter"),
    ],
)
def test_changes_of_the_list(label: str, other: str, kind: str) -> None:
    assert change(label, other) == change(other, label) == kind


@pytest.mark.parametrize(
    ("label", "other"),
    [
        ("examplesite", "examplesite"),
        ("examplesite", "anothersite"),
        ("examplesite", "examplesitehydra"),  # no ending of the list
        ("examplesite", "ilexamplesites"),  # two changes
        ("site", "sites"),  # too short to say anything
        ("il", "ilil"),
    ],
)
def test_no_change_of_the_list(label: str, other: str) -> None:
    assert change(label, other) is None


def test_of_one_site_any_affix_is_learnt() -> None:
    assert learnt("examplesite", "examplesitehydra") == "ending hydra"
    assert learnt("examplesite", "newexamplesite") == "article new"
    assert learnt("examplesite", "examplesite") is None
    assert learnt("examplesite", "another") is None


@given(LABELS, LABELS)
def test_a_change_has_no_direction(label: str, other: str) -> None:
    assert change(label, other) == change(other, label)
    assert learnt(label, other) == learnt(other, label)


@given(LABELS, st.sets(st.sampled_from(["ending hydra", "article new", "hyphen"])))
def test_variants_are_labels_that_differ_by_a_change(label: str, changes: set[str]) -> None:
    found = variants(label, changes)
    assert label not in found
    assert all(MIN_STEM <= len(one) <= 63 for one in found)
    assert list(found) == sorted(set(found))
