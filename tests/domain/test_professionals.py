"""Professionals: from the own mandate, and never naming whom they bring along (rule 16)."""

import pytest
from msgspec.structs import replace

from domain.commands import Command
from domain.facts import Fact, as_fact
from domain.initiatives import (
    InitiativeEnded,
    InitiativeNotActive,
    InitiativeRegistered,
    InitiativeRested,
)
from domain.professionals import (
    BridgeMade,
    MakeBridge,
    NobodyBrought,
    NotAProfessional,
    ProfessionalRoleReflected,
    ReflectOnRole,
)
from domain.refusals import DatedBefore, NoSuchMunicipalityThen
from domain.vocabulary import ActorId, Narrative, NisCode
from tests.domain.scenario import given, on
from tests.facts import (
    ACTORS,
    CITIZEN,
    INITIATIVE,
    LOCAL_GOVERNMENT,
    NETWORK_MEMBER,
    PROFESSIONAL,
    REFLECTION,
    SAMPLES,
    sample_id,
)

SAID = Narrative("Vertrekken van wat iemand graag doet.")
STARTED = SAMPLES[InitiativeRegistered]
BEFORE = (*ACTORS, STARTED)
REFLECT = ReflectOnRole(
    reflection=REFLECTION,
    professional=PROFESSIONAL,
    mandate=SAID,
    role=SAID,
    view=SAID,
    approach=SAID,
)
BRIDGE = MakeBridge(initiative=INITIATIVE, professional=PROFESSIONAL, how=SAID, people=3)
BOTH: tuple[tuple[Command, type[Fact]], ...] = (
    (REFLECT, ProfessionalRoleReflected),
    (BRIDGE, BridgeMade),
)


@pytest.mark.parametrize(("command", "fact"), BOTH)
def test_a_professional_reflects_and_makes_a_bridge(command: Command, fact: type[Fact]) -> None:
    given(*BEFORE).when(command).then(as_fact(fact, command))


@pytest.mark.parametrize("actor", [CITIZEN, LOCAL_GOVERNMENT, NETWORK_MEMBER])
@pytest.mark.parametrize("command", [REFLECT, BRIDGE])
def test_nobody_else_does(command: ReflectOnRole | MakeBridge, actor: ActorId) -> None:
    registered = next(
        number for number, fact in enumerate(ACTORS, start=1) if getattr(fact, "actor", 0) == actor
    )
    given(*BEFORE).when(replace(command, professional=actor)).refused(
        NotAProfessional, blocked_by=[registered]
    )


@pytest.mark.parametrize("command", [REFLECT, BRIDGE])
def test_who_does_is_registered(command: ReflectOnRole | MakeBridge) -> None:
    nobody = replace(command, professional=ActorId(sample_id("actor", 90)))
    given(*BEFORE).when(nobody).unknown("professional")


def test_a_reflection_is_about_a_municipality_of_the_day() -> None:
    here = replace(REFLECT, municipality=NisCode("11002"))
    given(*BEFORE).when(here).then(as_fact(ProfessionalRoleReflected, here))
    given(*BEFORE).when(replace(REFLECT, municipality=NisCode("11007"))).refused(
        NoSuchMunicipalityThen
    )


def test_a_bridge_is_crossed_by_somebody() -> None:
    given(*BEFORE).when(replace(BRIDGE, people=0)).refused(NobodyBrought)


def test_a_bridge_leads_to_an_initiative_that_has_not_ended() -> None:
    ended = on("2025-03-01", SAMPLES[InitiativeEnded])
    log = given(*BEFORE, ended)
    log.when(BRIDGE).refused(InitiativeNotActive, blocked_by=[len(BEFORE) + 1])
    log.when(BRIDGE, at="2025-02-28").then(as_fact(BridgeMade, BRIDGE))
    given(*BEFORE, SAMPLES[InitiativeRested]).when(BRIDGE).then(as_fact(BridgeMade, BRIDGE))


def test_a_bridge_leads_to_an_initiative_that_is_there() -> None:
    given(*ACTORS).when(BRIDGE).unknown("initiative")
    given(*ACTORS, on("2025-03-01", STARTED)).when(BRIDGE, at="2025-02-01").refused(
        DatedBefore, blocked_by=[len(BEFORE)]
    )
