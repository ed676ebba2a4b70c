"""What is not asked any more in a round, because it only fails."""

from __future__ import annotations


class Breaker:
    """Stops asking an endpoint that only fails, for the rest of the round."""

    def __init__(self, failures: int) -> None:
        """Open after so many *failures* in a row; 0 means never."""
        self._limit = failures
        self._row: dict[str, int] = {}

    def allows(self, endpoint: str) -> bool:
        """Whether *endpoint* may be asked."""
        return not self._limit or self._row.get(endpoint, 0) < self._limit

    def note(self, endpoint: str, *, answered: bool) -> None:
        """Count what became of a question."""
        if self._limit:
            self._row[endpoint] = 0 if answered else self._row.get(endpoint, 0) + 1
