"""Checkpoints are stamped by real servers over real HTTP, kept in a real database, and tried again when that fails."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import asyncpg
import msgspec
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from collector.config import read_config
from collector.evidence.authorities import Authority, AuthorityConfig, load_authorities
from collector.evidence.stamping import Head, Patience, Stamper
from collector.evidence.stampwire import ask_authority
from collector.serving import serve
from collector.store import Store
from collector.store.log import CheckpointRow, LogRow, NewEntry
from deploy.lab.tsa import PROFILES, AuthorityServer, LabAuthority, Tools
from schema.dsse import key_id
from schema.entry import LogBegins, ProbeCheckpoint, Stamped, entry_line
from schema.errors import ConfigError, UnavailableError
from schema.log import leaf_hash, root
from schema.note import Checkpoint, Note, NoteSigner, read_note
from schema.timing import Times, instant, microseconds
from schema.verifier.token import read_token
from tests.helpers.tsa import MIDDLE, ROOT, SIGNER, Reply, pinned

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from schema.entry import Entry

NOON = datetime(2022, 7, 11, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
QUALIFIED, SIMPLE = (one.name for one in PROFILES)


class Clock:
    """Stands where it is put."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at


class Log:
    """A log in the database that grows by one line a head."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._signer = NoteSigner(sha256(b"a log's key").digest())
        key = self._signer.public_key
        self.origin = f"ottempera/collector/{key_id(key)[:16]}/1"
        self._row = LogRow(1, self.origin, key)
        self._lines = [entry_line(LogBegins(origin=self.origin, key=key.hex(), at=NOON))]

    async def head(self) -> Head:
        """A checkpoint that is one line larger than the last."""
        if len(self._lines) == 1:
            await self._store.begin_log(self._row, NewEntry("log", "1", self._lines[0]), NOON)
        size = len(self._lines)
        checkpoint = Checkpoint(self.origin, size, root([leaf_hash(one) for one in self._lines]))
        note = Note(checkpoint, (self._signer.sign(checkpoint),)).pack()
        await self._store.put_checkpoint(1, CheckpointRow(size, checkpoint.root, note), self._clock.now())
        self._lines.append(b"line %d" % size)
        return Head(1, size, note)


@dataclass
class House:
    """A log, two authorities and who asks them."""

    store: Store
    dsn: str
    clock: Clock
    log: Log
    server: AuthorityServer
    authorities: dict[str, Authority]
    away: set[str]

    def stamper(self, *, every_s: float = 600.0) -> Stamper:
        return Stamper(self.store, tuple(self.authorities.values()), ask=self._ask, now=self.clock.now, every_s=every_s)

    async def _ask(self, authority: Authority, request: bytes) -> bytes:
        """Over HTTP; who is away has nobody on his port."""
        if authority.name in self.away:
            authority = authority._replace(url="http://127.0.0.1:9/")
        return await ask_authority(authority, request)

    async def rows(self, statement: str) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.dsn, server_settings={"timezone": "UTC"})
        try:
            found: list[asyncpg.Record] = await connection.fetch(statement)
        finally:
            await connection.close()
        return found

    async def stamps(self) -> list[tuple[int, str]]:
        """Size and authority of every stamp; of one checkpoint, whoever is quicker comes first."""
        rows = await self.rows('SELECT size, authority FROM ledger.stamp ORDER BY size, authority COLLATE "C"')
        return [(row["size"], row["authority"]) for row in rows]


@pytest.fixture(scope="module")
def lab_authorities(tmp_path_factory: pytest.TempPathFactory) -> list[LabAuthority]:
    tools = Tools.find()
    if tools is None:
        pytest.skip("openssl and libfaketime are needed: apt-get install openssl libfaketime")
    folder = tmp_path_factory.mktemp("authorities")
    return [LabAuthority(tools, folder / one.name, one) for one in PROFILES]


@pytest.fixture
async def house(store: Store, migrated_dsn: str, lab_authorities: list[LabAuthority]) -> AsyncIterator[House]:
    clock = Clock()
    server = AuthorityServer(lab_authorities, clock.now)
    await server.start()
    configs = [
        AuthorityConfig(
            one.profile.name, f"{server.base}/{one.profile.name}", str(one.certificate), one.profile.policy,
            one.profile.qualified,
        )
        for one in lab_authorities
    ]  # fmt: skip
    authorities = {one.name: one for one in load_authorities(configs)}
    yield House(store, migrated_dsn, clock, Log(store, clock), server, authorities, set())
    await server.close()


async def test_every_authority_stamps(house: House) -> None:
    """Request, reply and chain are kept; the token's name is what the next plan carries."""
    assert await house.store.newest_token() is None
    head = await house.log.head()
    assert await house.stamper().stamp(head) == 2
    rows = await house.rows("SELECT * FROM ledger.stamp ORDER BY authority")
    assert [row["authority"] for row in rows] == [QUALIFIED, SIMPLE]
    for row in rows:
        token, pin = read_token(row["reply"]), house.authorities[row["authority"]].pinned
        assert abs(row["gen_at"] - NOON) < timedelta(milliseconds=1)
        assert row["gen_at"] == token.at
        assert token.imprint.digest == sha256(head.note).digest()
        assert row["certificate"] == sha256(pin.certificate).digest()
        assert row["chain"] == [pin.certificate, *pin.chain]
        assert row["qualified"] is (row["authority"] == QUALIFIED)
    assert await house.store.newest_token() in {row["token"].hex() for row in rows}
    shown = await house.rows("SELECT authority, size, lateness_s, failed_tries FROM analyst.stamps ORDER BY 1")
    assert [(one["size"], one["failed_tries"]) for one in shown] == [(head.size, 0), (head.size, 0)]


async def test_a_new_head_from_time_to_time(house: House) -> None:
    """What is chosen stays chosen for as long as the settings say; nobody stamps the same twice."""
    stamper = house.stamper()
    await stamper.stamp(await house.log.head())
    later = await house.log.head()
    assert await stamper.stamp(later) == 0
    house.clock.at += timedelta(seconds=601)
    assert await stamper.stamp(later) == 2
    assert await house.stamper().stamp(later) == 0  # a process that starts knows what there is
    assert [size for size, _ in await house.stamps()] == [1, 1, 2, 2]


async def test_at_once(house: House) -> None:
    """Who leads a lab through its rounds waits for nothing."""
    stamper = house.stamper()
    for _ in range(3):
        assert await stamper.stamp(await house.log.head(), at_once=True) == 2


async def test_newest_token_is_of_the_newest_time(house: House) -> None:
    stamper = house.stamper()
    await stamper.stamp(await house.log.head(), at_once=True)
    house.clock.at += HOUR
    await stamper.stamp(await house.log.head(), at_once=True)
    [row] = await house.rows(
        "SELECT token FROM ledger.stamp WHERE size = 2 ORDER BY gen_at - accuracy_us * interval '1 us' DESC LIMIT 1"
    )
    assert await house.store.newest_token() == row["token"].hex()


async def test_away_for_a_day(house: House) -> None:
    """Its silence is kept, it is asked less and less; when it is back it stamps what the other one did, and that shows."""
    stamper = house.stamper()
    house.away = {SIMPLE}
    head = await house.log.head()
    came = []
    for _ in range(24 * 60 * 2):  # every half a minute for a day
        came.append(await stamper.stamp(head))
        house.clock.at += timedelta(seconds=30)
    assert came == [1] + [0] * (len(came) - 1)
    trouble = await house.rows("SELECT authority, size, detail FROM ledger.stamp_trouble ORDER BY stamp_trouble")
    assert {(row["authority"], row["size"]) for row in trouble} == {(SIMPLE, head.size)}
    assert all("Connect" in row["detail"] for row in trouble)
    assert 24 <= len(trouble) <= 24 + 8  # 30 s, a minute, ... an hour
    house.away = set()
    house.clock.at = NOON + DAY + HOUR
    newest = await house.log.head()
    assert await stamper.stamp(newest) == 2  # the other one's turn has come too
    assert await house.stamps() == [(1, QUALIFIED), (2, QUALIFIED), (2, SIMPLE)]
    late = await house.rows("SELECT authority, lateness_s, failed_tries FROM analyst.stamps WHERE size = 1")
    assert [row["authority"] for row in late] == [QUALIFIED]


async def test_back_within_a_turn(house: House) -> None:
    """Two that stamp at different moments stamp the same: else no checkpoint had two stamps, and no time counted."""
    stamper = house.stamper(every_s=DAY.total_seconds())
    house.away = {SIMPLE}
    chosen = newest = await house.log.head()
    await stamper.stamp(chosen)
    for _ in range(3):
        house.clock.at += HOUR
        newest = await house.log.head()
        await stamper.stamp(newest)
    house.away = set()
    house.clock.at += HOUR
    assert await stamper.stamp(newest) == 1
    assert await house.stamps() == [(chosen.size, QUALIFIED), (chosen.size, SIMPLE)]
    [row] = await house.rows(f"SELECT lateness_s, failed_tries FROM analyst.stamps WHERE authority = '{SIMPLE}'")  # noqa: S608  a name of our own
    assert row["lateness_s"] == pytest.approx(4 * 3600, abs=1)
    assert row["failed_tries"] == 4


async def test_times_of_a_day_without_it(house: House) -> None:
    """A round of that day is shown to have been closed only when both have stamped, which is the day after."""
    stamper = house.stamper()
    entries: list[Entry] = [LogBegins(origin=house.log.origin, key="0" * 64, at=NOON)]
    house.away = {SIMPLE}
    entries.append(ProbeCheckpoint(probe="mi-01", chain="c", size=3, root="0" * 64, key="0" * 64, signature=bytes(64)))
    await stamper.stamp(await house.log.head())
    await stamper.stamp(await house.log.head(), at_once=True)  # of two lines: the second is the head of mi-01
    house.away, house.clock.at = set(), NOON + DAY
    await stamper.stamp(await house.log.head(), at_once=True)
    for row in await house.rows("SELECT * FROM ledger.stamp ORDER BY stamp"):
        digests = row["token"].hex(), row["certificate"].hex()
        entries.append(
            Stamped(
                size=row["size"], authority=row["authority"], token=digests[0], certificate=digests[1], at=row["gen_at"],
                accuracy_us=row["accuracy_us"],
            )
        )  # fmt: skip
    earliest = Times(entries, needed=2).stamps.earliest(1)
    assert earliest is not None
    assert NOON + DAY <= instant(earliest) < NOON + DAY + timedelta(seconds=1)
    alone = Times(entries, needed=1).stamps.earliest(1)
    assert alone is not None
    assert alone < microseconds(NOON) + 1_000_000


@asynccontextmanager
async def answering(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """A server that answers as it is told; gives its address."""
    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def _error(_: web.Request) -> web.Response:
    return web.Response(status=500, text="no")


async def _elsewhere(request: web.Request) -> web.Response:
    return web.Response(status=307, headers={"Location": str(request.url)})


async def _page(_: web.Request) -> web.Response:
    return web.Response(text="<html>please log in</html>")


async def _another_s(_: web.Request) -> web.Response:
    return web.Response(body=Reply().pack())


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(1000):
        await response.write(bytes(1 << 20))
    return response


async def _cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"\x30")
    assert request.transport
    request.transport.close()
    return response


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (_error, "HTTP status 500"),
        (_elsewhere, "HTTP status 307"),
        (_page, "time stamp: "),
        (_another_s, "imprint"),
        (_endless, "more than 262144 bytes"),
        (_cut, "ClientPayloadError"),
    ],
    ids=["error", "redirection", "a_page", "another_s_token", "endless", "cut"],
)
async def test_kept_as_trouble(
    house: House, answer: Callable[[web.Request], Awaitable[web.StreamResponse]], reason: str
) -> None:
    """Whatever an authority does, the other's stamp is kept, and so is what went wrong."""
    async with answering(answer) as url:
        house.authorities[SIMPLE] = Authority(url, pinned(SIGNER, MIDDLE, ROOT, name=SIMPLE))
        assert await house.stamper().stamp(await house.log.head()) == 1
    [row] = await house.rows("SELECT authority, detail FROM ledger.stamp_trouble")
    assert row["authority"] == SIMPLE
    assert reason in row["detail"]
    assert await house.stamps() == [(1, QUALIFIED)]


async def test_a_token_of_yesterday_is_none_of_today(house: House) -> None:
    """An authority's address that plays back what it once answered: the nonce is another."""
    kept: list[bytes] = []

    async def ask(authority: Authority, request: bytes) -> bytes:
        if not kept:
            kept.append(await ask_authority(authority, request))
        return kept[0]

    one = (house.authorities[QUALIFIED],)
    head = await house.log.head()
    assert await Stamper(house.store, one, ask=ask, now=house.clock.now).stamp(head) == 1
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await house.rows("DELETE FROM ledger.stamp RETURNING 1")
    assert (
        await Stamper(house.store, one, ask=ask, now=house.clock.now).stamp(await house.log.head(), at_once=True) == 0
    )
    [row] = await house.rows("SELECT detail FROM ledger.stamp_trouble")
    assert "imprint" in row["detail"]


async def test_credentials_are_sent() -> None:
    seen: list[str | None] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        return web.Response(body=b"x")

    async with answering(answer) as url:
        await ask_authority(Authority(url, pinned(), credentials=("who", "secret")), b"q")
    assert seen == ["Basic d2hvOnNlY3JldA=="]


async def test_nobody_there() -> None:
    with pytest.raises(UnavailableError, match="Connect"):
        await ask_authority(Authority("http://127.0.0.1:9/", pinned()), b"q")


def test_patience() -> None:
    """Half a minute, then twice as long each time, an hour at most; who answered is forgiven."""
    patience, now, waits = Patience(), NOON, []
    for _ in range(10):
        patience.failed("a", now)
        since = now
        while not patience.is_over("a", now):
            now += timedelta(seconds=1)
        waits.append((now - since).total_seconds())
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    patience.answered("a")
    assert patience.is_over("a", NOON)


def off(house: House, by: timedelta) -> Stamper:
    """The stamper of a machine whose own clock is off."""
    everybody = tuple(house.authorities.values())
    return Stamper(house.store, everybody, ask=ask_authority, now=lambda: house.clock.at + by)


async def test_a_clock_that_was_years_ahead(house: House) -> None:
    """Set right again, it does not keep anybody from stamping until those years are over."""
    house.authorities[SIMPLE] = house.authorities[SIMPLE]._replace(every_s=HOUR.total_seconds())
    assert await off(house, 3000 * DAY).stamp(await house.log.head()) == 2
    assert await house.stamper().stamp(await house.log.head()) == 2
    patience = Patience()
    patience.failed("a", NOON + 3000 * DAY)
    assert not patience.is_over("a", NOON + 3000 * DAY)
    assert patience.is_over("a", NOON)


async def test_a_machine_whose_clock_is_wrong_is_told(house: House) -> None:
    """Two authorities that agree are believed; who plans rounds by a wrong clock has to hear of it."""
    with capture_logs() as said:
        assert await off(house, -2 * timedelta(minutes=1)).stamp(await house.log.head()) == 2
    assert {(one["event"], one["authority"]) for one in said} == {
        ("clocks differ", QUALIFIED),
        ("clocks differ", SIMPLE),
    }


async def test_a_lone_clock_is_not_believed(house: House) -> None:
    """A token whose time nobody shares would contradict the log for ever: it is trouble, and is asked for again."""
    house.authorities = {QUALIFIED: house.authorities[QUALIFIED]}
    head = await house.log.head()
    assert await off(house, -2 * timedelta(minutes=1)).stamp(head) == 0
    assert [row["detail"] for row in await house.rows("SELECT detail FROM ledger.stamp_trouble")] == [
        "its clock says 2022-07-11T12:00:00+00:00, and nobody else's does"
    ]
    assert await house.stamper().stamp(head) == 1


async def test_no_token_is_older_than_what_it_stamps(house: House) -> None:
    """Even by less than what clocks may differ by: the log would contradict itself (sp-008, 3.3)."""
    assert await house.stamper().stamp(await house.log.head()) == 2
    house.clock.at -= timedelta(seconds=30)
    assert await house.stamper().stamp(await house.log.head(), at_once=True) == 0
    troubles = await house.rows("SELECT detail FROM ledger.stamp_trouble")
    assert all("the log holds a token of 2022-07-11T1" in row["detail"] for row in troubles)
    assert len(troubles) == 2
    house.clock.at += timedelta(minutes=1)
    assert await house.stamper().stamp(await house.log.head(), at_once=True) == 2


async def test_rests_between_tokens(house: House) -> None:
    """Who counts tokens may set a pace of his own."""
    house.authorities[SIMPLE] = house.authorities[SIMPLE]._replace(every_s=HOUR.total_seconds())
    stamper = house.stamper()
    for _ in range(7):
        await stamper.stamp(await house.log.head())
        house.clock.at += timedelta(minutes=11)
    by_size = await house.stamps()
    assert [size for size, name in by_size if name == SIMPLE] == [1, 7]
    assert [size for size, name in by_size if name == QUALIFIED] == [1, 2, 3, 4, 5, 6, 7]


MISTAKES = {
    "name": ({"name": "Upper Case"}, "letters a to z"),
    "url": ({"url": "ftp://example.org"}, "is not an address"),
    "brackets": ({"url": "https://[/"}, "is not an address"),
    "port": ({"url": "https://example.org:99999/"}, "is not an address"),
    "policy": ({"policy": "tsa_policy1"}, "no object identifier"),
    "no_file": ({"certificate": "/nowhere.pem"}, "cannot read /nowhere.pem"),
    "user_alone": ({"user": "who"}, "go together"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_settings_with_a_mistake(lab_authorities: list[LabAuthority], name: str) -> None:
    changes, reason = MISTAKES[name]
    good = AuthorityConfig("a", "https://example.org/tsa", str(lab_authorities[0].certificate), "1.2.3")
    with pytest.raises(ConfigError, match=reason):
        load_authorities([msgspec.structs.replace(good, **changes)])


@pytest.mark.parametrize("setting", ["stamp_every_s = {}", "[[authority]]\nevery_s = {}\n"])
@pytest.mark.parametrize("value", ["nan", "inf", "-1.0"])
def test_a_pace_that_is_none_is_refused(tmp_path: Path, setting: str, value: str) -> None:
    """Before it ends the stamping, years later or in silence."""
    file = tmp_path / "collector.toml"
    authority = 'name = "a"\nurl = "https://example.org/"\ncertificate = "c.pem"\npolicy = "1.2"\n'
    text = 'database_url = "x"\nkey_file = "k"\n' + setting.format(value)
    file.write_text(text + authority if "authority" in setting else text + "\n")
    with pytest.raises(ConfigError, match="every_s"):
        read_config(file)
    file.write_text(file.read_text().replace(value, "5.0"))
    read_config(file)


def test_settings_with_other_certificates(lab_authorities: list[LabAuthority], tmp_path: Path) -> None:
    """The chain stands in its order, and nothing but certificates for time stamps comes first."""
    good = lab_authorities[0].certificate.read_text()
    blocks = [block + "-----END CERTIFICATE-----\n" for block in good.split("-----END CERTIFICATE-----\n")[:-1]]
    file = tmp_path / "a.pem"
    config = AuthorityConfig("a", "https://example.org/tsa", str(file), "1.2.3")
    for text, reason in (
        ("nothing", "no certificate"),
        ("".join(reversed(blocks)), "not for time stamps"),
        (blocks[0] + lab_authorities[1].certificate.read_text(), "issue no others|not issued by"),
        (blocks[0].replace("M", "N"), "a.pem"),
    ):
        file.write_text(text)
        with pytest.raises(ConfigError, match=reason):
            load_authorities([config])
    file.write_text(good)
    assert load_authorities([config])[0].pinned.chain
    with pytest.raises(ConfigError, match="named twice"):
        load_authorities([config, config])
    with pytest.raises(ConfigError, match="one certificate"):
        load_authorities([config, msgspec.structs.replace(config, name="b")])


async def test_keeps_on(house: House) -> None:
    """The loop of a collector: what cannot be had now is had later, and nothing ends it."""
    heads = [await house.log.head()]
    asked = asyncio.Event()

    async def newest() -> Head | None:
        if not asked.is_set():
            asked.set()
            raise UnavailableError("no database for a moment")
        return heads[-1]

    task = asyncio.create_task(house.stamper().keep_stamping(newest, every_s=0.01))
    try:
        async with asyncio.timeout(20):
            while len(await house.stamps()) < 2:  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.02)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert asked.is_set()


async def test_a_collector_has_its_log_stamped(
    lab_authorities: list[LabAuthority], migrated_dsn: str, tmp_path: Path
) -> None:
    """`collector serve` with two authorities in its settings: what it publishes is stamped without further ado."""
    server = AuthorityServer(lab_authorities, lambda: datetime.now(UTC))
    await server.start()
    settings = "".join(
        f"[[authority]]\nname = '{one.profile.name}'\nurl = '{server.base}/{one.profile.name}'\n"
        f"certificate = '{one.certificate}'\npolicy = '{one.profile.policy}'\n"
        for one in lab_authorities
    )
    file = tmp_path / "collector.toml"
    file.write_text(
        f"database_url = '{migrated_dsn}'\nkey_file = '{tmp_path / 'key'}'\nnames = ['example.org']\n"
        f"listen = '127.0.0.1:0'\n{settings}"
    )
    stop, store = asyncio.Event(), await Store.connect(migrated_dsn)
    serving = asyncio.create_task(serve(read_config(file), stop=stop, ready=lambda *_: None))
    try:
        async with asyncio.timeout(60):
            while not await store.newest_token():
                assert not serving.done()
                await asyncio.sleep(0.05)
        log = await store.log()
        assert log is not None
        head = await store.newest_stamped(log.log)
        assert head is not None
        assert read_note(head.note).checkpoint.origin == log.origin
    finally:
        stop.set()
        await serving
        await store.close()
        await server.close()
