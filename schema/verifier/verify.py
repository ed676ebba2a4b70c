"""Verifies a bundle: the numbered steps in their order, and what that comes to (sp-008 §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from schema.bundle.container import Archive
from schema.errors import FormatError, OttemperaError
from schema.trust import VERSION as TRUST_VERSION
from schema.trust import read_trust
from schema.verifier import files, history, plans, probes, stamps
from schema.verifier.case import NO_BUNDLE, Case, RefusedError
from schema.verifier.period import Period
from schema.verifier.steps import STEPS, Result, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from schema.bundle.parts import Bundle
    from schema.trust import Trust
    from schema.verifier.case import Absence
    from schema.verifier.replay import Replay

#: What each step that is taken by itself does; those after 5.4 are taken together (`schema.verifier.period`).
TAKEN: Final[Mapping[str, Callable[[Case], None]]] = {
    "1.1": files.checksums,
    "1.2": files.sums,
    "1.3": files.manifest,
    "1.4": files.signature,
    "2.1": history.checkpoints,
    "2.2": history.roots,
    "2.3": history.entries,
    "2.4": history.cosignatures,
    "3.1": stamps.presence,
    "3.2": stamps.tokens,
    "3.3": stamps.sequence,
    "3.4": stamps.head,
    "4.1": plans.presence,
    "4.2": plans.authenticity,
    "4.3": plans.contents,
    "4.4": plans.order,
    "5.1": probes.presence,
    "5.2": probes.heads,
    "5.3": probes.lines,
    "5.4": probes.closes,
}


class Report(NamedTuple):
    """What a verification came to.

    `step` is the first that did not hold, `detail` why; both are empty where all hold. `bundle` is what the file says of
    itself, from step 1.4 on signed. `absences` are complete only where the result is valid or absences.
    """

    result: Result
    step: str
    detail: str
    bundle: Bundle | None
    absences: tuple[Absence, ...]
    counts: Mapping[str, int]
    root_zone_since: datetime | None


def open_trust(data: bytes) -> Trust:
    """The trust file in *data*.

    Raises:
        FormatError: not one of a version that is known, or one in which one party stands for two.
    """
    trust = read_trust(data)
    if trust.v != TRUST_VERSION:
        raise FormatError(f"trust file: version {trust.v} is not known here")
    authorities, witnesses = trust.authorities, trust.witnesses
    for what, once in (
        ("the name of an authority", [one.name for one in authorities]),
        ("the certificate of an authority", [one.certificate for one in authorities]),
        ("the name of a witness", [one.name for one in witnesses]),
        ("the key of a witness", [one.key for one in witnesses]),
    ):
        if len(set(once)) < len(once):
            raise FormatError(f"trust file: {what} stands twice")
    if trust.needs.authorities < 0 or trust.needs.cosignatures < 0:
        raise FormatError("trust file: less than none is needed")
    return trust


def verify(
    file: BinaryIO,
    trust: Trust,
    *,
    replay: Replay | None = None,
    progress: Callable[[Step, Result], None] = lambda _step, _result: None,
    walked: Callable[[int, int], None] = lambda _done, _all: None,
) -> Report:
    """Verify the bundle in *file* (seekable) for a reader who trusts *trust*.

    *replay* knows the rules; without it the result is at best undecided at step 8.1. *progress* is told each step as soon
    as it is known whether it holds (`valid`) or what it comes to; *walked* how many
    plans of how many are done, before the steps from 6.1 on, which are taken together, are known. Nothing that stands in *file* makes this raise.
    """
    case, refused, alone = None, None, len(TAKEN)
    for step in STEPS[:alone]:
        try:
            if case is None:
                case = Case(trust, replay, Archive(file))
            TAKEN[step.id](case)
        except OttemperaError as error:
            result = error.result if isinstance(error, RefusedError) else None
            refused = RefusedError(str(error), step=step.id, result=result)
            progress(step, result or step.fault)
            break
        progress(step, Result.VALID)
    if case is not None and refused is None:
        period = Period(case)
        period.walk(walked)
        refused = period.refusals.lowest
        for step in STEPS[alone:]:
            if refused is not None and refused.step == step.id:
                progress(step, refused.result or step.fault)
                break
            progress(step, Result.VALID)
    return _report(case, refused)


def _report(case: Case | None, refused: RefusedError | None) -> Report:
    fault = next((step.fault for step in STEPS if refused and step.id == refused.step), Result.VALID)
    return Report(
        result=refused.result or fault if refused else Result.VALID,
        step=refused.step or "" if refused else "",
        detail=str(refused) if refused else "",
        bundle=case.bundle if case and case.bundle is not NO_BUNDLE else None,
        absences=tuple(case.absences) if case else (),
        counts=dict(case.counts) if case else {},
        root_zone_since=case.root_zone_since if case else None,
    )
