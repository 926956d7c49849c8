"""A town in which everything is there once: the long story, and what a contest needs besides."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache, lru_cache
from typing import Any, Final

from domain.actors import RegisterActor
from domain.blueprints import AddStatement, DraftBlueprint
from domain.co_creation import StartCoCreation
from domain.commands import Command
from domain.engagements import EngageMunicipality
from domain.facts import Fact, Recorded, subject
from domain.initiatives import RegisterInitiative, RestInitiative
from domain.pilots import GiveConsent
from domain.refusals import Refusal, Unknown
from domain.support_requests import (
    Channel,
    CloseSupportRequest,
    Outcome,
    ReceiveSupportRequest,
    TriageSupportRequest,
)
from domain.vocabulary import (
    ActorId,
    ActorKind,
    Audience,
    BlueprintId,
    CoCreationId,
    EnterpriseNumber,
    InitiativeId,
    NisCode,
    PilotId,
    RequestId,
    Track,
    WorkshopId,
)
from tests.domain.dice import Step
from tests.domain.scenario import NOW, as_stored, decided
from tests.domain.story import ANTWERPEN, BEGIN, NAME, SAID, STORY
from tests.facts import (
    ASSOCIATION,
    CITIZEN,
    LESSON,
    OTHER_INITIATIVE,
    OTHER_LESSON,
    recorded,
    sample_id,
)

NEIGHBOUR: Final = ActorId(sample_id("actor", 11))
"""A citizen who has not done anything yet, registered twice: as the stranger too."""
STRANGER: Final = ActorId(sample_id("actor", 12))
CLUB: Final = ActorId(sample_id("actor", 13))
"""An association with an enterprise number, and another one with another."""
TROUPE: Final = ActorId(sample_id("actor", 14))
COLLEAGUE: Final = ActorId(sample_id("actor", 15))
"""A second professional."""
UNTRIAGED: Final = RequestId(sample_id("request", 2))
CLOSED: Final = RequestId(sample_id("request", 3))
NO_STRENGTH: Final = InitiativeId(sample_id("initiative", 3))
"""An initiative of which only the appetite is known."""
RESTING: Final = InitiativeId(sample_id("initiative", 4))
PLANNED: Final = WorkshopId(sample_id("workshop", 2))
READY: Final = PilotId(sample_id("pilot", 3))
"""A pilot that can be decided on, and another that lacks a step in co-creation."""
NO_STEP: Final = PilotId(sample_id("pilot", 4))
UNTRODDEN: Final = CoCreationId(sample_id("cocreation", 2))
EMPTY: Final = BlueprintId(sample_id("blueprint", 2))
ONE_SIDED: Final = BlueprintId(sample_id("blueprint", 3))
"""A blueprint with lessons of one pilot, and another that can be published."""
WRITTEN: Final = BlueprintId(sample_id("blueprint", 4))
GENT: Final = NisCode("44021")
HALLE: Final = NisCode("23027")
"""A municipality that is engaged without a plan; the one above is neither."""


def asked(request: RequestId) -> ReceiveSupportRequest:
    return ReceiveSupportRequest(
        request=request,
        asked_by=CITIZEN,
        audience=Audience.CITIZENS,
        question=SAID,
        municipality=ANTWERPEN,
        channel=Channel.EMAIL,
    )


def started(initiative: InitiativeId, **more: Any) -> RegisterInitiative:
    return RegisterInitiative(
        initiative=initiative,
        name=SAID,
        initiators=(CITIZEN,),
        municipality=ANTWERPEN,
        appetite=SAID,
        **more,
    )


def stated(blueprint: BlueprintId, *lessons: Any) -> AddStatement:
    return AddStatement(blueprint=blueprint, statement=SAID, lessons=lessons)


_MORE: Final[tuple[Command, ...]] = (
    RegisterActor(actor=NEIGHBOUR, kind=ActorKind.CITIZEN, name=NAME),
    RegisterActor(actor=STRANGER, kind=ActorKind.CITIZEN, name=NAME),
    RegisterActor(
        actor=CLUB,
        kind=ActorKind.ASSOCIATION,
        name=NAME,
        enterprise_number=EnterpriseNumber("0123456749"),
    ),
    RegisterActor(
        actor=TROUPE,
        kind=ActorKind.ASSOCIATION,
        name=NAME,
        enterprise_number=EnterpriseNumber("0200065765"),
    ),
    RegisterActor(actor=COLLEAGUE, kind=ActorKind.PROFESSIONAL, name=NAME),
    asked(UNTRIAGED),
    asked(CLOSED),
    TriageSupportRequest(request=CLOSED, track=Track.INFORM, reason=SAID),
    CloseSupportRequest(request=CLOSED, outcome=Outcome.HELPED),
    started(NO_STRENGTH),
    started(RESTING),
    RestInitiative(initiative=RESTING, reason=SAID),
    GiveConsent(pilot=READY, initiator=CITIZEN),
    GiveConsent(pilot=READY, initiator=ASSOCIATION),
    StartCoCreation(cocreation=UNTRODDEN, initiatives=(OTHER_INITIATIVE,), challenge=SAID),
    DraftBlueprint(blueprint=EMPTY, title=SAID, about=SAID),
    DraftBlueprint(blueprint=ONE_SIDED, title=SAID, about=SAID),
    stated(ONE_SIDED, LESSON),
    DraftBlueprint(blueprint=WRITTEN, title=SAID, about=SAID),
    stated(WRITTEN, LESSON, OTHER_LESSON),
    EngageMunicipality(municipality=HALLE, purpose=SAID),
)

TOWN: Final = tuple(
    Step(command, BEGIN + timedelta(days=7 * week))
    for week, command in enumerate((*(step.command for step in STORY[:-1]), *_MORE))
)
"""Each step happens, and is one event at the position of its place in this list."""


@cache
def town() -> tuple[Recorded, ...]:
    """The log of all steps, in memory."""
    log: tuple[Recorded, ...] = ()
    for told in TOWN:
        log = after(log, told)
    return log


def after(log: tuple[Recorded, ...], told: Step) -> tuple[Recorded, ...]:
    """The log once a step has happened."""
    facts = answer(log, told)
    assert not isinstance(facts, Refusal | Unknown), f"{told}: {facts}"
    happened = (
        recorded(fact, len(log) + n, occurred_at=told.at, recorded_at=NOW)
        for n, fact in enumerate(facts, start=1)
    )
    return (*log, *happened)


def answer(log: Sequence[Recorded], told: Step) -> list[Fact] | Refusal | Unknown:
    """What comes of a step: facts, none if it was already so, or what refuses it."""
    try:
        return decided([_as_read(event) for event in log], told.command, told.at)
    except (Refusal, Unknown) as refusal:
        return refusal


_as_read: Final = lru_cache(maxsize=4096)(as_stored)


def the(kind: type[Fact], thing: str) -> Recorded:
    """The first event of a type that tells about a thing of the town."""
    return next(e for e in town() if isinstance(e.fact, kind) and subject(e.fact) == thing)
