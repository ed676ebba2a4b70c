"""The scenario files that come with the program, and those a person names."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from schema.errors import ConfigError

if TYPE_CHECKING:
    from deploy.lab.scenario import Scenario

DEFAULT = "milano-2022"


def load(path: Path | None) -> tuple[bytes, str, Scenario]:
    """The bytes, the name for messages and the parsed scenario of *path*; none means the built-in one.

    Raises:
        ConfigError: it cannot be read; ScenarioError (a ConfigError) names the line of a mistake in it.
    """
    from deploy.lab.scenario import load_scenario

    built_in = files("deploy.lab") / "scenarios" / f"{path or DEFAULT}.toml"
    if path is not None and not built_in.is_file():
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise ConfigError(
                f"cannot read the scenario {path}: {error.strerror}",
                remedy=f"Name a file, or a built-in one: {DEFAULT}.",
            ) from error
        return data, str(path), load_scenario(data, str(path))
    data, name = built_in.read_bytes(), f"{path or DEFAULT}"
    return data, name, load_scenario(data, name)
