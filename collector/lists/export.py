"""An order as a response policy zone: what a resolver that follows it would load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.lists.entries import Kind
from collector.lists.zone import write_zone
from schema.errors import ConfigError
from schema.order import ScopeRule

if TYPE_CHECKING:
    from collector.store import Store


async def zone_of(store: Store, order_id: str) -> str:
    """The zone of an order's newest version and of its list; its serial is the number of both versions together.

    Names that are never probed are not told here either.

    Raises:
        ConfigError: there is no such order, or it names nothing.
    """
    history = await store.order_history(order_id)
    if history is None:
        known = ", ".join(await store.order_ids()) or "none"
        raise ConfigError(f"there is no order {order_id!r}", remedy=f"There are: {known}.")
    order, listed = history.newest.order, await store.newest_list(order_id)
    texts = dict.fromkeys(order.names)
    texts |= dict.fromkeys(f"*.{entry.name}" for entry in order.scope if entry.rule is ScopeRule.SUBTREE)
    if listed is not None:
        texts |= dict.fromkeys(await store.list_names(order_id))
        texts |= dict.fromkeys(await store.list_texts(order_id, Kind.BELOW))
    never = await store.never_probe()
    texts = {text: None for text in texts if not never.refuses(text)}
    if not texts:
        raise ConfigError(f"the order {order_id!r} names nothing", remedy="Import its list: orders import --list.")
    version, of_list = history.newest.number, listed.version if listed else 0
    comment = f"{order_id}, version {version}, list version {of_list}: {len(texts)} owners"
    return write_zone(sorted(texts, key=_by_name), serial=version + of_list, comment=comment)


def _by_name(text: str) -> tuple[str, str]:
    return text.removeprefix("*."), text
