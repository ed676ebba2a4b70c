"""A password never stands among a command's arguments."""

from __future__ import annotations

import pytest

from deploy.psql import without_password


@pytest.mark.parametrize(
    ("dsn", "public", "password"),
    [
        ("postgresql://analyst_reader:p%2Fq@127.0.0.1:5432/x", "postgresql://analyst_reader@127.0.0.1:5432/x", "p/q"),
        ("postgresql://analyst_reader@[::1]:5432/x", "postgresql://analyst_reader@[::1]:5432/x", ""),
        ("postgresql:///x?host=%2Frun", "postgresql:///x?host=%2Frun", ""),
    ],
)
def test_the_password_goes_apart(dsn: str, public: str, password: str) -> None:
    """The rest of the DSN stays as it was."""
    assert without_password(dsn) == (public, password)
