"""The part of the store that knows who runs it, who measures, whom they ask, and what is asked."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, Literal

from collector.store.database import Database
from collector.store.rows import Deployment, Enrolled
from collector.store.statements import load
from schema.cells import expand
from schema.codec import encode
from schema.dsse import key_id
from schema.endpoint import parse_endpoint
from schema.errors import ConfigError
from schema.policy import Policy, policy_digest, read_policy
from schema.registry import Vantage

if TYPE_CHECKING:
    from datetime import datetime

_SQL: Final = load("registry.sql")
_CELL_COLUMNS: Final = (
    "question_set", "cell", "role", "resolver", "endpoint", "transport", "family", "name", "qclass", "qtype", "profile",
    "repeat",
)  # fmt: skip


class Registry(Database):
    """Deployment, keys, policies, question sets, vantages."""

    async def deployment(self) -> Deployment | None:
        """What the database is for; None until it was told."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_SQL["deployment"])
        return Deployment(*row) if row else None

    async def ensure_deployment(self, *, lab: bool, scenario: str | None = None, title: str | None = None) -> None:
        """Make the database a lab's (of the scenario with this hex digest) or a real one's, for good.

        Raises:
            ConfigError: it is another's already.
        """
        wanted = Deployment(lab, scenario, title)
        async with self._transaction() as connection:
            await connection.execute(_SQL["insert_deployment"], *wanted)
            kept = Deployment(*await connection.fetchrow(_SQL["deployment"]))
        if kept[:2] != wanted[:2]:
            raise ConfigError(
                f"the database holds {_purpose(kept)}, not {_purpose(wanted)}",
                remedy="Give another --data DIR or database: invented and measured data never mix.",
            )

    async def put_collector_key(self, public_key: bytes, at: datetime) -> None:
        """Note that this key signs plans and receipts here."""
        async with self._connection() as connection:
            await connection.execute(_SQL["insert_collector_key"], public_key, at)

    async def collector_keys(self) -> list[bytes]:
        """Every public key that ever signed here, oldest first."""
        async with self._connection() as connection:
            return [row["public_key"] for row in await connection.fetch(_SQL["collector_keys"])]

    async def put_policy(self, policy: Policy) -> str:
        """Keep *policy*, and its registry as rows; returns its digest."""
        async with self._transaction() as connection:
            number = await connection.fetchval(_SQL["insert_policy"], encode(policy), policy.fresh_s, policy.sweep)
            if number is not None:
                listed = [
                    {
                        "resolver": resolver.id,
                        "operator": resolver.operator,
                        "operator_slug": resolver.operator_slug,
                        "kind": resolver.kind,
                        "asns": resolver.asns,
                        "on_net_only": resolver.on_net_only,
                        "twin": resolver.twin or None,
                        "endpoints": resolver.endpoints,
                    }
                    for resolver in policy.resolvers
                ]
                await connection.execute(_SQL["insert_resolvers"], number, encode(listed).decode())
        return policy_digest(policy)

    async def policy(self, digest: str) -> Policy:
        """The policy of that digest.

        Raises:
            ConfigError: it is not kept here.
        """
        async with self._connection() as connection:
            body = await connection.fetchval(_SQL["policy"], digest)
        if body is None:
            raise ConfigError(f"policy {digest} is not kept here", remedy="Restore the database from a backup.")
        return read_policy(body)

    async def put_questions(self, body: bytes) -> str:
        """Keep a question set, and its cells as rows; returns its digest.

        Raises:
            FormatError: not a question set.
        """
        cells = expand(body)
        async with self._transaction() as connection:
            number = await connection.fetchval(_SQL["insert_question_set"], body)
            if number is not None:
                endpoints = {cell.endpoint: parse_endpoint(cell.endpoint) for cell in cells}
                records = (
                    (
                        number, cell.number, cell.role, cell.resolver, cell.endpoint, endpoints[cell.endpoint].transport,
                        endpoints[cell.endpoint].family, cell.name, cell.qclass, cell.qtype, cell.profile, cell.repeat,
                    )
                    for cell in cells
                )  # fmt: skip
                await connection.copy_records_to_table(
                    "cell", schema_name="ledger", columns=_CELL_COLUMNS, records=records
                )
        return sha256(body).hexdigest()

    async def questions(self, digest: str) -> bytes | None:
        """The question set of that digest, as it was put."""
        async with self._connection() as connection:
            body: bytes | None = await connection.fetchval(_SQL["questions"], digest)
        return body

    async def add_vantage(self, vantage: Vantage, public_key: bytes, at: datetime) -> None:
        """Enrol *vantage*; the same again changes nothing.

        Raises:
            ConfigError: the id is enrolled with another key or line, or the key belongs to another id.
        """
        async with self._connection() as connection:
            facts = (vantage.asn, vantage.operator, vantage.country, vantage.custodian)
            await connection.execute(_SQL["insert_vantage"], vantage.id, public_key, *facts, at)
        kept = next((one for one in await self.vantages() if one.vantage.id == vantage.id), None)
        if kept is None:
            raise ConfigError(f"key {key_id(public_key)} belongs to another probe", remedy="Make a key of its own.")
        if kept.public_key != public_key or kept.vantage != vantage:
            what = "key" if kept.public_key != public_key else "line"
            raise ConfigError(
                f"probe {vantage.id} is enrolled with another {what}",
                remedy="Enrol it under a new id: what was measured stays with the old one.",
            )

    async def vantages(self) -> list[Enrolled]:
        """Every vantage ever enrolled, in order of enrolment, with its standing now."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["vantages"])
        return [
            Enrolled(
                Vantage(row["probe"], row["asn"], row["operator"], row["country"], row["custodian"]),
                row["probe_no"],
                row["public_key"],
                row["key_id"],
                row["revoked"],
                row["suspended"],
            )
            for row in rows
        ]

    async def note_vantage(
        self, probe: str, kind: Literal["suspended", "resumed", "revoked"], reason: str, at: datetime
    ) -> None:
        """Note what happened to a vantage's standing. Of a probe that is not enrolled nothing is noted."""
        async with self._connection() as connection:
            await connection.execute(_SQL["insert_vantage_event"], probe, at, kind, reason)


def _purpose(deployment: Deployment) -> str:
    if not deployment.lab:
        return "measured data"
    named = deployment.title or deployment.scenario
    return f"the lab data of {named!r}" if named else "a lab's data"
