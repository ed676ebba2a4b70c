"""Everything that is kept: one `Store` over Postgres, all statements in the `.sql` files beside it."""

from __future__ import annotations

from collector.store.check import Check
from collector.store.database import open_pool
from collector.store.facts import Facts, answer_facts
from collector.store.findings import Findings
from collector.store.grounds import NameRunsOf
from collector.store.judgements import RunsOf
from collector.store.lists import Lists, ListVersion
from collector.store.migrate import check, migrate, set_reader_password
from collector.store.orders import Orders
from collector.store.planning import Ahead, Mark, Planning, Slot
from collector.store.rows import AnswerFacts, BatchRow, Deployment, Enrolled, Held, ObservationRow, StoredBatch
from collector.store.stamps import Stamps
from collector.store.successors import Successors

__all__ = [
    "Ahead",
    "AnswerFacts",
    "BatchRow",
    "Deployment",
    "Enrolled",
    "Facts",
    "Held",
    "ListVersion",
    "Mark",
    "NameRunsOf",
    "ObservationRow",
    "RunsOf",
    "Slot",
    "Store",
    "StoredBatch",
    "answer_facts",
    "migrate",
    "set_reader_password",
]


class Store(Check, Findings, Successors, Lists, Orders, Planning, Stamps):
    """The ledger, the judgements and the views of one database."""

    @classmethod
    async def connect(cls, dsn: str) -> Store:
        """A store on *dsn*, which has been migrated; give it back by `close`.

        Raises:
            ConfigError: another schema than this program's, or a wrong role or password. UnavailableError: nobody answers.
        """
        store = cls(await open_pool(dsn))
        try:
            async with store._connection() as connection:
                await check(connection)
        except BaseException:
            await store.close()
            raise
        return store
