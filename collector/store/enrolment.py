"""The part of the store that knows every key of every probe, and the invitations by which probes enrol themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import asyncpg

from collector.store.registry import Registry
from collector.store.rows import Holding
from collector.store.statements import load
from schema.errors import ConfigError, EvidenceError
from schema.registry import Vantage

if TYPE_CHECKING:
    from datetime import datetime

_SQL: Final = load("enrolment.sql")
_INSERT_VANTAGE: Final = load("registry.sql")["insert_vantage"]


class Enrolment(Registry):
    """Keys and invitations."""

    async def holdings(self) -> list[Holding]:
        """Every key, oldest first, with whose it is."""
        async with self._connection() as connection:
            return [Holding(*row) for row in await connection.fetch(_SQL["holdings"])]

    async def change_key(self, probe: str, old_key_id: str, public_key: bytes, signature: bytes, at: datetime) -> bool:
        """Let *probe* sign with *public_key* from now on; *signature* of the old key was checked. False: so already.

        Raises:
            EvidenceError: the old key is not the probe's newest, or the new one is or was somebody's.
        """
        async with self._transaction() as connection:
            await connection.fetchval(_SQL["lock_vantage"], probe)
            if await connection.fetchval(_SQL["changed_by"], probe, old_key_id, public_key):
                return False
            fresh = await connection.fetchval(_SQL["insert_key"], probe, old_key_id, public_key, signature, at)
        if fresh is None:
            raise EvidenceError(
                f"the key of {probe} cannot be changed so: the old one is not its newest, or the new one is in use",
                remedy="Make a fresh key, and sign the change with the newest.",
            )
        return True

    async def invite(self, vantage: Vantage, token: bytes, made_at: datetime, expires_at: datetime) -> None:
        """Let who has *token* enrol as *vantage*, once; of the token only its digest is kept.

        Raises:
            ConfigError: a probe of that id is enrolled.
        """
        if any(one.vantage.id == vantage.id for one in await self.vantages()):
            raise ConfigError(f"probe {vantage.id} is enrolled already", remedy="Invite it under a new id.")
        facts = (vantage.asn, vantage.operator, vantage.country, vantage.custodian)
        async with self._connection() as connection:
            await connection.execute(_SQL["insert_invitation"], token, vantage.id, *facts, made_at, expires_at)

    async def enrol_invited(self, probe: str, token: bytes, public_key: bytes, at: datetime) -> bool:
        """Enrol *probe* with its key by an invitation; False if that was done with the same key already.

        Raises:
            EvidenceError: no such invitation, for another id, used, or too late; or the id or key is enrolled.
        """
        refusal = EvidenceError("the invitation is not valid", remedy="Ask who runs the collector for another token.")
        async with self._transaction() as connection:
            row = await connection.fetchrow(_SQL["invitation"], token)
            if row is None or row["probe"] != probe:
                raise refusal
            if row["used_by"] is not None:
                if row["used_by"] == public_key:
                    return False
                raise refusal
            if row["expires_at"] <= at:
                raise refusal
            facts = (row["asn"], row["operator"], row["country"], row["custodian"])
            try:
                probe_no = await connection.fetchval(_INSERT_VANTAGE, probe, public_key, *facts, at)
            except asyncpg.UniqueViolationError as error:
                raise refusal from error
            if probe_no is None:
                raise refusal
            await connection.execute(_SQL["insert_use"], token, probe_no, at)
        return True
