"""What makes the data of `up` evidence: its log is sealed, stamped in a lab's own time, and the trust file says by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.evidence.stamping import Head, Stamper
from collector.evidence.stampwire import ask_authority
from probe.identity import write_durably
from schema.codec import encode
from schema.errors import UnavailableError
from schema.rootkeys import IANA_KEYS
from schema.trust import VERSION, Needs, Trust, TrustedLog

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from collector.evidence.authorities import Authority
    from collector.evidence.seal import Sealer
    from collector.store import Store
    from deploy.local.datadir import DataFolder
    from deploy.local.voice import Voice
    from probe.clock import Clock

_NEEDED_AUTHORITIES = 2


class Custody:
    """Seals and stamps when it is told to; `up` leads its rounds by a clock of its own."""

    def __init__(self, sealer: Sealer, stamper: Stamper, folder: DataFolder, voice: Voice, *, lab: bool) -> None:
        """Use `open`."""
        self._sealer = sealer
        self._stamper = stamper
        self._folder = folder
        self._voice = voice
        self._lab = lab
        self._said: str | None = None
        self._trusted: Trust | None = None
        self._root_keys = _root_keys(lab=lab)

    @classmethod
    async def open(
        cls,
        stack: AsyncExitStack,
        store: Store,
        sealer: Sealer,
        folder: DataFolder,
        clock: Clock,
        *,
        voice: Voice,
        lab: bool,
    ) -> Custody:
        """Bring up the authorities of a lab; a live deployment has none here.

        Raises:
            UnavailableError: the database is away.
        """
        authorities = await _lab_authorities(stack, folder, clock, voice) if lab else ()
        if not lab:
            voice.step("nothing is time-stamped: no day counts as evidence (a collector's settings name authorities)")
        stamper = Stamper(store, authorities, ask=ask_authority, now=clock.now)
        return cls(sealer, stamper, folder, voice, lab=lab)

    async def seal(self) -> Head | None:
        """Enter and sign what is new; none where nothing may be signed, of which a word is said once."""
        sealed = await self._sealer.seal()
        self._say(self._sealer.barred)
        self._keep_trust_file()
        return Head(sealed.log, sealed.checkpoint.size, sealed.note) if sealed else None

    async def seal_and_stamp(self) -> None:
        """The same, and every authority stamps it now."""
        head = await self.seal()
        if head is not None and self._stamper.authorities:
            await self._stamper.stamp(head, at_once=True)

    async def keep_sealing(self, every_s: float) -> None:
        """For ever, by the clock on the wall."""
        self._keep_trust_file()
        await self._sealer.keep_sealing(every_s)

    def _say(self, barred: str | None) -> None:
        if barred != self._said:
            self._said = barred
            self._voice.step(f"nothing is signed: {barred}" if barred else "the log is signed again")

    def _keep_trust_file(self) -> None:
        """`trust.json`, whenever it would say something else than it does.

        Raises:
            UnavailableError: it cannot be written.
        """
        trust = Trust(
            VERSION,
            (TrustedLog(self._sealer.origin, self._sealer.public_key.hex()),),
            tuple(one.pinned for one in self._stamper.authorities),
            needs=Needs(_NEEDED_AUTHORITIES, 1),
            root_keys=self._root_keys,
            lab=self._lab,
        )
        if self._sealer.origin and trust != self._trusted:
            try:
                write_durably(self._folder.trust, encode(trust) + b"\n")
            except OSError as error:
                file = self._folder.trust
                raise UnavailableError(f"cannot write {file}: {error.strerror}", remedy="Make room there.") from error
            self._trusted = trust


def _root_keys(*, lab: bool) -> tuple[bytes, ...]:
    """What the root zone is signed with, in the world that is measured."""
    if lab:
        from deploy.lab.rootzone import root_keys

        return root_keys()
    return tuple(IANA_KEYS.values())


async def _lab_authorities(
    stack: AsyncExitStack, folder: DataFolder, clock: Clock, voice: Voice
) -> tuple[Authority, ...]:
    """The two of the lab, answering; none where this machine cannot play them, of which a word is said."""
    from collector.evidence.authorities import AuthorityConfig, load_authorities
    from deploy.lab.tsa import PROFILES, AuthorityServer, LabAuthority, Tools

    tools = Tools.find()
    if tools is None:
        voice.step("nothing is time-stamped, for want of openssl or libfaketime: apt-get install openssl libfaketime")
        return ()
    try:
        played = [LabAuthority(tools, folder.path / "authorities" / one.name, one) for one in PROFILES]
    except UnavailableError as error:
        voice.step(f"nothing is time-stamped: {error}")
        return ()
    server = AuthorityServer(played, clock.now)
    await server.start()
    stack.push_async_callback(server.close)
    return load_authorities(
        [
            AuthorityConfig(
                one.profile.name,
                f"{server.base}/{one.profile.name}",
                str(one.certificate),
                one.profile.policy,
                one.profile.qualified,
            )
            for one in played
        ]
    )
