"""What may happen again: who says the same twice may tell of two things, or of one."""

from typing import Final

from domain.actors import ChangeActorDetails
from domain.blueprints import AddStatement
from domain.co_creation import TakeCoCreationStep
from domain.commands import Command
from domain.engagements import AgreeApproach, IdentifyLocalNeed
from domain.examples import ReviseExample
from domain.initiatives import AssessOrientation, DescribeInitiative, IdentifyStrength
from domain.municipalities import AgreePartnership
from domain.pilots import DecidePilot, Decision, RecordObservation
from domain.professionals import MakeBridge
from domain.support_requests import AnswerSupportRequest, HandleSupportRequest, TriageSupportRequest
from domain.workshops import HandOverTool, RecordInsight, RescheduleWorkshop

REPEATABLE: Final = frozenset(
    {
        AgreeApproach,
        AgreePartnership,
        AddStatement,
        AnswerSupportRequest,
        AssessOrientation,
        ChangeActorDetails,
        DescribeInitiative,
        HandOverTool,
        HandleSupportRequest,
        IdentifyLocalNeed,
        IdentifyStrength,
        MakeBridge,
        RecordInsight,
        RecordObservation,
        RescheduleWorkshop,
        ReviseExample,
        TakeCoCreationStep,
        TriageSupportRequest,
    }
)
"""What may happen again in the same words: told twice, it happened twice."""
REPEATABLE_DECISIONS: Final = frozenset({Decision.DEFER, Decision.ADJUST, Decision.SCALE})


def may_happen_again(command: Command) -> bool:
    """Whether the same words may tell of something new; a beginning has a new id each time."""
    if isinstance(command, DecidePilot):
        return command.decision in REPEATABLE_DECISIONS
    return command.FOUNDS or type(command) in REPEATABLE
