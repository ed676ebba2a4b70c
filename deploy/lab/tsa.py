"""Time-stamping authorities of the lab: `openssl ts` under the scenario's clock, behind a small server on loopback.

openssl has no option for the time of a token, so it runs under libfaketime. Keys, certificates, names and what an
authority is said to be are invented; they are kept, so that tokens can still be checked after a restart.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from aiohttp import web

from schema.errors import UnavailableError
from schema.stamp import MEDIA_TYPE, REPLY_MEDIA_TYPE
from schema.trust import TrustedAuthority

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PATIENCE_S: Final = 20.0
_REQUEST_BYTES: Final = 4096
_DAYS: Final = "18262"  # with _BIRTH until 2049: a lab's clock may stand anywhere
_BIRTH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LIBRARIES: Final = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib*/faketime/libfaketime.so.1")


class Tools(NamedTuple):
    """What a lab authority is made of: the program, and the library that sets its clock."""

    openssl: str
    faketime: str

    @classmethod
    def find(cls) -> Tools | None:
        """Both, where this machine has them."""
        openssl = shutil.which("openssl")
        found = [str(path) for pattern in _LIBRARIES for path in sorted(Path("/").glob(pattern[1:]))]
        return cls(openssl, found[0]) if openssl and found else None

    def run(self, *arguments: str | Path, at: datetime, folder: Path) -> bytes:
        """What `openssl ARGUMENTS` writes in *folder* while its clock stands at *at*.

        Raises:
            UnavailableError: it failed.
        """
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "TZ": "UTC",
            "LC_ALL": "C",
            "LD_PRELOAD": self.faketime,
            "FAKETIME": at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
            "NO_FAKE_STAT": "1",
        }
        try:
            ended = subprocess.run(  # noqa: S603 - the machine's openssl, with arguments of our own
                [self.openssl, *map(str, arguments)],
                cwd=folder,
                env=environment,
                capture_output=True,
                timeout=_PATIENCE_S,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", b"") or b""
            raise UnavailableError(
                f"openssl {arguments[0]}: {error} {said.decode(errors='replace').strip()}"
            ) from error
        return ended.stdout


class Profile(NamedTuple):
    """What an authority of the lab is: its slug, the policy of its tokens (OID), and what it is said to be.

    `key` is what openssl's `-newkey` takes; `accuracy` and `digest` are as in `openssl ts`'s settings.
    """

    name: str
    policy: str
    qualified: bool
    key: Sequence[str] = ("rsa:2048",)
    accuracy: str = ""
    digest: str = "sha256"
    days: str = _DAYS
    since: datetime = _BIRTH
    usage: str = "critical, timeStamping"
    identifier: str = "sha256"  # the hash that identifies the certificate (ESS)


#: The two of `up --lab`: the one is said to be qualified, the other not; policies from the arc for examples (2.999).
PROFILES: Final = (
    Profile("lab-qualificata", "2.999.31610.1", qualified=True, accuracy="microsecs:500"),
    Profile("lab-semplice", "2.999.31610.2", qualified=False, key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256")),
)

_SETTINGS: Final = """\
[ req ]
distinguished_name = empty
prompt = no
[ empty ]
[ root ]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[ signer ]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = {usage}
[ tsa ]
serial = serial
crypto_device = builtin
signer_cert = signer.pem
certs = root.pem
signer_key = signer.key
signer_digest = {digest}
default_policy = {policy}
digests = sha1, sha256, sha384, sha512
clock_precision_digits = 6
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = {identifier}
{accuracy}
"""


class LabAuthority:
    """One authority, whose folder holds its keys and certificates."""

    def __init__(self, tools: Tools, folder: Path, profile: Profile) -> None:
        """Take what is in *folder*, or make it there.

        Raises:
            UnavailableError: openssl failed.
        """
        self._tools = tools
        self._folder = folder
        self.profile = profile
        if not (folder / "serial").exists():
            self._make()

    @property
    def certificate(self) -> Path:
        """The file of its signing certificate and those above it, PEM."""
        return self._folder / "chain.pem"

    @property
    def pinned(self) -> TrustedAuthority:
        """As a trust file has it."""
        signer, root = (
            ssl.PEM_cert_to_DER_cert((self._folder / file).read_text()) for file in ("signer.pem", "root.pem")
        )
        one = self.profile
        return TrustedAuthority(one.name, signer, one.policy, (root,), one.qualified)

    def reply(self, request: bytes, at: datetime) -> bytes:
        """The TimeStampResp for a TimeStampReq, by a clock that stands at *at*.

        Raises:
            UnavailableError: openssl failed.
        """
        query = self._folder / "request.tsq"
        query.write_bytes(request)
        arguments = ("ts", "-reply", "-config", "tsa.cnf", "-section", "tsa", "-queryfile", query)
        return self._tools.run(*arguments, at=at, folder=self._folder)

    def _make(self) -> None:
        """A root and a signer under it; the serial number's file comes last and says that all is there."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        one = self.profile
        accuracy = f"accuracy = {one.accuracy}" if one.accuracy else ""
        text = _SETTINGS.format(
            usage=one.usage, digest=one.digest, policy=one.policy, identifier=one.identifier, accuracy=accuracy
        )
        (self._folder / "tsa.cnf").write_text(text)
        self._certificate("root", "root of " + one.name, "-days", _DAYS, at=_BIRTH)
        above = ("-CA", "root.pem", "-CAkey", "root.key")
        self._certificate("signer", one.name, "-days", one.days, *above, at=one.since)
        chain = (self._folder / "signer.pem").read_text() + (self._folder / "root.pem").read_text()
        self.certificate.write_text(chain)
        (self._folder / "serial").write_text("01\n")

    def _certificate(self, file: str, name: str, *more: str, at: datetime) -> None:
        common = ("req", "-x509", "-config", "tsa.cnf", "-extensions", file, "-subj", f"/O=Invented/CN={name}")
        keys = ("-newkey", *self.profile.key, "-noenc", "-keyout", f"{file}.key", "-out", f"{file}.pem")
        self._tools.run(*common, "-sha256", *keys, *more, at=at, folder=self._folder)


class AuthorityServer:
    """Answers for authorities over HTTP on loopback (RFC 3161 §3.4), each at a path of its own name."""

    def __init__(self, authorities: Sequence[LabAuthority], now: Callable[[], datetime]) -> None:
        """Answer for *authorities* by the clock *now*."""
        self._authorities = {one.profile.name: one for one in authorities}
        self._turns = {name: asyncio.Lock() for name in self._authorities}
        self._now = now
        app = web.Application(client_max_size=_REQUEST_BYTES)
        app.router.add_post("/{name}", self._stamp)
        self._runner = web.AppRunner(app, access_log=None)
        self.base = ""

    async def start(self) -> None:
        """Listen on a free port of loopback."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Answer no more."""
        await self._runner.cleanup()

    async def _stamp(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._authorities or request.content_type != MEDIA_TYPE:
            return web.Response(status=404)
        query = await request.read()
        async with self._turns[name]:  # one file of serial numbers
            try:
                reply = await asyncio.to_thread(self._authorities[name].reply, query, self._now())
            except UnavailableError as error:
                return web.Response(status=503, text=str(error))
        return web.Response(body=reply, content_type=REPLY_MEDIA_TYPE)
