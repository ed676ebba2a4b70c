"""`ottempera up`: everything on one machine, from an empty folder to pages that answer."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from deploy.local.collecting import Collecting
from deploy.local.conductor import Conductor
from deploy.local.datadir import VERSION, DataFolder, Deployment
from deploy.local.guard import while_postgres_runs
from deploy.local.listen import parse_listen, take
from deploy.local.probing import LabProbes, LiveProbe
from deploy.local.scenarios import load
from deploy.local.setting import lab_schedule, lab_setting, live_setting
from deploy.local.vantage import local_vantage
from deploy.local.voice import Voice
from probe.clock import LabClock, SystemClock
from schema.errors import ConfigError
from schema.order_file import inline_orders

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from deploy.local.setting import Setting

AHEAD_ROUNDS = 12
_ENDLESS_PAUSE_S = 1.0  # between rounds of a lab that nobody bounded
_LEAD = timedelta(minutes=1)  # in a lab's time, by which plans stand in a stamped log before the first of them starts


class UpOptions(NamedTuple):
    """The options of the command."""

    lab: bool
    scenario: Path | None
    rounds: int | None
    interval_s: float | None
    data: Path | None
    listen: str
    serve: bool


async def run_up(options: UpOptions) -> None:
    """Run until the rounds are done and nobody wants the pages, or a signal ends it.

    Raises:
        ConfigError: options that do not go together, a folder of another deployment, a scenario with a mistake.
        UnavailableError: the folder or the port is in use.
    """
    if options.scenario is not None and not options.lab:
        raise ConfigError("--scenario needs --lab", remedy="Without --lab the real resolvers are asked.")
    parse_listen(options.listen)
    voice = Voice()
    work = asyncio.ensure_future(_up_lab(options, voice) if options.lab else _up_live(options, voice))
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, work.cancel)
    try:
        with suppress(asyncio.CancelledError):
            await work
    finally:
        voice.close()


async def _up_lab(options: UpOptions, voice: Voice) -> None:
    data, name, scenario = load(options.scenario)
    folder = DataFolder(options.data)
    async with AsyncExitStack() as stack:
        stack.enter_context(folder.locked())
        listening = stack.enter_context(take(parse_listen(options.listen)))
        now = datetime.now(UTC).replace(microsecond=0)
        starts_at = scenario.clock.starts_at if scenario.clock else now
        wanted = Deployment(VERSION, lab=True, starts_at=starts_at, scenario=scenario.digest, title=scenario.title)
        deployment = folder.settle(wanted)
        setting = lab_setting(scenario, inline_orders(data, name), starts_at=deployment.starts_at)
        schedule = lab_schedule(scenario, deployment.starts_at)
        clock = LabClock()
        clock.enter(deployment.starts_at)
        collecting = await Collecting.open(
            stack, folder, setting, clock, listening=listening, voice=voice, digest=scenario.digest
        )
        probes = await LabProbes.open(
            stack, folder, setting, clock, collecting, scenario_bytes=data, scenario_name=name
        )
        rounds = _rounds(options, setting, schedule, clock, collecting=collecting, probes=probes, voice=voice)
        await while_postgres_runs(folder.path, rounds)
        days = schedule(1), schedule(probes.conductor.next_round - 1)
        await while_postgres_runs(folder.path, _linger(options, collecting, voice, folder, setting, days=days))


async def _rounds(
    options: UpOptions,
    setting: Setting,
    schedule: Callable[[int], datetime],
    clock: LabClock,
    *,
    collecting: Collecting,
    probes: LabProbes,
    voice: Voice,
) -> None:
    """Play rounds one after the other; at the end every vantage reconnects and every round is in.

    A round is judged while the next one is asked: most of a round's time goes by in listening. The log is stamped when
    the round has begun, before anybody asks, and again when what was recorded is in it: between those two it was closed.
    """
    conductor: Conductor = probes.conductor
    number = conductor.next_round
    last = number + options.rounds - 1 if options.rounds else None
    voice.begin(setting.title, collecting.url)
    pause_s = options.interval_s if options.interval_s is not None else 0.0 if options.rounds else _ENDLESS_PAUSE_S
    loop = asyncio.get_running_loop()
    telling: asyncio.Future[None] = loop.create_future()
    telling.set_result(None)
    custody, ahead = collecting.custody, AHEAD_ROUNDS + setting.longest_offline
    await probes.look_at_log()  # a collector that was restarted hears first what its witnesses hold
    clock.enter(schedule(number) - min(_LEAD, (schedule(number + 1) - schedule(number)) / 2))
    await collecting.publish_through(number + ahead)
    await custody.seal_and_stamp()
    while last is None or number <= last:
        began = loop.time()
        await probes.enter(number)
        clock.enter(schedule(number))
        await custody.seal_and_stamp()
        await custody.seal()  # the stamps themselves, for the agents to see
        await probes.look_at_log()
        probes.reconnect()
        conductor.open(number)
        await probes.watch(conductor.all_closed(number))
        await probes.shipped(online_only=True)
        following = number if number == last else number + 1
        await asyncio.gather(custody.seal_and_stamp(), collecting.publish_through(following + ahead))
        await telling
        telling = asyncio.ensure_future(_tell(number, schedule(number), collecting, voice))
        telling.add_done_callback(_noted)
        number += 1
        if last is None or number <= last:
            await probes.watch(asyncio.sleep(max(0.0, pause_s - (loop.time() - began))))
    await probes.everyone_online()
    await probes.shipped(online_only=False)
    await custody.seal_and_stamp()
    await probes.look_at_log()
    await probes.shipped(online_only=False)
    await telling
    await collecting.found()  # with what a vantage delivered last, after it was cut off, and with the last stamps


def _noted(told: asyncio.Future[None]) -> None:
    """Take note of how *told* ended: the next await of it raises, or nobody needs to know any more."""
    _ = told.cancelled() or told.exception()


async def _tell(number: int, starts_at: datetime, collecting: Collecting, voice: Voice) -> None:
    """Say what round *number* came to, once it is judged."""
    await collecting.judged()
    voice.round(number, starts_at, await collecting.status())


async def _up_live(options: UpOptions, voice: Voice) -> None:
    from collector.compliance.order_files import builtin_orders

    folder = DataFolder(options.data)
    async with AsyncExitStack() as stack:
        stack.enter_context(folder.locked())
        listening = stack.enter_context(take(parse_listen(options.listen)))
        folder.settle(Deployment(VERSION, lab=False, starts_at=datetime.now(UTC).replace(microsecond=0)))
        vantage = local_vantage(folder.path)
        setting = live_setting([order for _, order in builtin_orders()], vantage, interval_s=options.interval_s)
        clock = SystemClock()
        collecting = await Collecting.open(stack, folder, setting, clock, listening=listening, voice=voice, digest="")
        probe = await LiveProbe.open(stack, folder, setting, clock, collecting)
        voice.begin("", collecting.url)
        probe.start(collecting.keep_publishing())
        probe.start(collecting.keep_sealing())
        await while_postgres_runs(folder.path, _live_rounds(options, collecting, probe, voice))
        await probe.stop()  # what lingers are the pages
        await while_postgres_runs(folder.path, _linger(options, collecting, voice, folder, setting))


async def _live_rounds(options: UpOptions, collecting: Collecting, probe: LiveProbe, voice: Voice) -> None:
    """Tell of each round as it closes; the agent begins them by the clock."""
    left = options.rounds
    while left is None or left > 0:
        held = await probe.next_closed()
        await probe.shipped()
        await collecting.judged()
        voice.round(held.plan.number, held.plan.starts_at, await collecting.status())
        left = left - 1 if left is not None else None


async def _linger(
    options: UpOptions,
    collecting: Collecting,
    voice: Voice,
    folder: DataFolder,
    setting: Setting,
    *,
    days: tuple[datetime, datetime] | None = None,
) -> None:
    """Say what came out and how to hand it on, and keep the pages up if that is wanted."""
    voice.summary(await collecting.status(), await collecting.history(), await collecting.circumvention())
    voice.evidence([order.id for order in setting.orders], folder.path, folder.trust, days)
    voice.findings(await collecting.accounts(), folder.path)
    if options.serve:
        voice.serving(collecting.url)
        await asyncio.Event().wait()
