"""The life of a pilot: where it can stand, and which decisions bring it from there (rule 6)."""

from enum import StrEnum
from typing import assert_never

from msgspec import Struct

from domain.facts import Mark


class Decision(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    DEFER = "defer"
    ADJUST = "adjust"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    SCALE = "scale"
    STOP = "stop"
    COMPLETE = "complete"


class Proposed(Struct, frozen=True):
    since: Mark


class Approved(Struct, frozen=True):
    since: Mark


class Paused(Struct, frozen=True):
    since: Mark


class Rejected(Struct, frozen=True):
    since: Mark


class Finished(Struct, frozen=True):
    """Stopped or completed."""

    since: Mark


Stage = Proposed | Approved | Paused | Rejected | Finished


def allowed(stage: Stage) -> frozenset[Decision]:
    """The decisions that a pilot's stage allows (rule 6)."""
    match stage:
        case Proposed():
            return frozenset({Decision.DEFER, Decision.APPROVE, Decision.REJECT})
        case Approved():
            return frozenset(
                {
                    Decision.ADJUST,
                    Decision.PAUSE,
                    Decision.EXTEND,
                    Decision.SCALE,
                    Decision.STOP,
                    Decision.COMPLETE,
                }
            )
        case Paused():
            return frozenset({Decision.RESUME, Decision.ADJUST, Decision.STOP})
        case Rejected() | Finished():
            return frozenset()
        case _:
            assert_never(stage)


def stage_of(decision: Decision, stage: Stage | None, mark: Mark) -> Stage:
    """Where a decision brings a pilot that stood there."""
    match decision:
        case Decision.APPROVE | Decision.RESUME | Decision.EXTEND | Decision.SCALE:
            return Approved(mark)
        case Decision.REJECT:
            return Rejected(mark)
        case Decision.DEFER:
            return Proposed(mark)
        case Decision.PAUSE:
            return Paused(mark)
        case Decision.ADJUST:
            return Paused(mark) if isinstance(stage, Paused) else Approved(mark)
        case Decision.STOP | Decision.COMPLETE:
            return Finished(mark)
        case _:
            assert_never(decision)


def stage_name(stage: Stage) -> str:
    return type(stage).__name__.lower()
