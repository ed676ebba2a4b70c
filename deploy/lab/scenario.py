"""Reads a scenario file whole or refuses it, naming line, field and what to write instead."""

from __future__ import annotations

from hashlib import sha256

from msgspec.structs import fields

from deploy.lab.check import Trouble, checked
from deploy.lab.endpoints import endpoints, to_registry
from deploy.lab.shapes import File, Scenario
from schema.errors import ConfigError
from schema.toml import Path, convert, did_you_mean, load

__all__ = ["Scenario", "ScenarioError", "endpoints", "load_scenario", "to_registry"]


class ScenarioError(ConfigError):
    """A scenario that cannot be played; the message names line and field."""


def load_scenario(data: bytes, name: str) -> Scenario:
    """The scenario in *data*; *name* is what errors call the file.

    Raises:
        ScenarioError: not TOML, a key, word, type, address or name that cannot be, an id that is twice or nowhere.
    """
    document = load(data, name, ScenarioError)
    known = [field.encode_name for field in fields(File)]
    for key, value in document.tables.items():
        if key not in known:  # an array of tables has its line at its first table
            path: Path = (key, 0) if isinstance(value, list) else (key,)
            raise document.error(path, f"unknown key {key!r}", did_you_mean(key, known))
    file = convert(document, File)
    try:
        file = checked(file)
    except Trouble as trouble:
        raise document.error(trouble.path, trouble.problem, trouble.remedy) from trouble
    return Scenario(
        title=file.title or name,
        clock=file.clock,
        names=file.names,
        resolvers=file.resolvers,
        vantages=file.vantages,
        orders=file.orders,
        digest=sha256(data).hexdigest(),
    )
