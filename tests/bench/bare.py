"""The yardstick: dnspython's `dns.asyncquery.udp` and nothing around it; its queries are built before the clock starts."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

import dns.asyncquery
import dns.message

from tests.bench.asked import TYPES, names
from tests.bench.probing import cpu_s

if TYPE_CHECKING:
    from collections.abc import Iterator


async def work(settings: dict[str, Any]) -> dict[str, object]:
    """Put all questions, so many at once; nothing is kept but the number of answers."""
    docket = names(settings["questions"] // len(TYPES))
    queries = [dns.message.make_query(name, qtype, use_edns=0, payload=1232) for name in docket for qtype in TYPES]
    answered = 0

    async def ask(left: Iterator[dns.message.Message]) -> None:
        nonlocal answered
        for query in left:
            await dns.asyncquery.udp(query, settings["address"], timeout=5, port=settings["port"])
            answered += 1

    before = cpu_s()
    left = iter(queries)
    await asyncio.gather(*(ask(left) for _ in range(settings["in_flight"])))
    return {"cpu_s": cpu_s() - before, "answered": answered}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(work(json.loads(sys.argv[1])))))
