"""A verdict in words, for people: English and Italian, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collector.judge.explain.english import English
from collector.judge.explain.italian import Italian

if TYPE_CHECKING:
    from collector.judge.account import Account

_EN, _IT = English(), Italian()


class Explained(NamedTuple):
    """The same in English and Italian."""

    en: str
    it: str


def explain(account: Account) -> Explained:
    """Say what was asked, what came back, what others said, which rule decides and what would change it."""
    return Explained(_EN.say(account), _IT.say(account))
