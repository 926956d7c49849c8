"""Actors: everyone who takes part, with numbers that belong to one of them (rules 10 and 12)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.actors import (
    ActorDetailsChanged,
    ActorRegistered,
    ChangeActorDetails,
    DetailsDoNotFit,
    NumberTaken,
    RegisterActor,
    Sector,
)
from domain.facts import as_fact
from domain.refusals import InTheFuture, NoSuchMunicipalityThen
from domain.vocabulary import (
    ActorId,
    ActorKind,
    EnterpriseNumber,
    Narrative,
    NisCode,
    Personal,
    VCode,
)
from tests.domain.scenario import NOW, given
from tests.facts import (
    ACTORS,
    CITIZEN,
    ENTERPRISE_NUMBER,
    LOCAL_GOVERNMENT,
    MUNICIPALITY,
    VCODE,
    sample_id,
)

NEWCOMER = ActorId(sample_id("actor", 90))
REGISTERED, ASSOCIATION_REGISTERED, GOVERNMENT_REGISTERED, *_ = ACTORS
BORSBEEK, ANTWERPEN = NisCode("11007"), NisCode("11002")


def register(kind: ActorKind, **details: Any) -> RegisterActor:
    return RegisterActor(actor=NEWCOMER, kind=kind, name=Personal("Nieuw"), **details)


FITTING = [
    register(ActorKind.CITIZEN, email=Personal("nieuw@example.org")),
    register(ActorKind.ASSOCIATION, vcode=VCode("V0001002")),
    register(ActorKind.ASSOCIATION, enterprise_number=EnterpriseNumber("0200065765")),
    register(ActorKind.LOCAL_GOVERNMENT, nis=ANTWERPEN, policy_maker=Personal("Een schepen")),
    register(ActorKind.PROFESSIONAL, sector=Sector.HEALTH, mandate=Narrative("Wijkgezondheid.")),
    register(ActorKind.NETWORK_MEMBER),
]


@pytest.mark.parametrize("command", FITTING)
def test_somebody_who_takes_part_is_registered(command: RegisterActor) -> None:
    given(*ACTORS).when(command).then(as_fact(ActorRegistered, command))


@pytest.mark.parametrize(
    ("kind", "number", "holder"),
    [
        (ActorKind.ASSOCIATION, {"vcode": VCODE}, 2),
        (ActorKind.ASSOCIATION, {"enterprise_number": ENTERPRISE_NUMBER}, 2),
        (ActorKind.PROFESSIONAL, {"enterprise_number": ENTERPRISE_NUMBER}, 2),
        (ActorKind.LOCAL_GOVERNMENT, {"nis": MUNICIPALITY}, 3),
    ],
    ids=["vcode", "enterprise number", "enterprise number of another kind", "nis"],
)
def test_a_number_belongs_to_one_actor(
    kind: ActorKind, number: dict[str, Any], holder: int
) -> None:
    given(*ACTORS).when(register(kind, **number)).refused(NumberTaken, blocked_by=[holder])


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        (ActorKind.ASSOCIATION, {}),
        (ActorKind.LOCAL_GOVERNMENT, {}),
        (ActorKind.CITIZEN, {"enterprise_number": ENTERPRISE_NUMBER}),
        (ActorKind.CITIZEN, {"vcode": VCODE}),
        (ActorKind.PROFESSIONAL, {"nis": ANTWERPEN}),
        (ActorKind.CITIZEN, {"policy_maker": Personal("Een schepen")}),
        (ActorKind.CITIZEN, {"policy_staff": Personal("Een ambtenaar")}),
        (ActorKind.NETWORK_MEMBER, {"sector": Sector.WORK}),
        (ActorKind.NETWORK_MEMBER, {"mandate": Narrative("Geen.")}),
        (ActorKind.CITIZEN, {"organisation": Personal("Een organisatie")}),
    ],
)
def test_details_fit_the_kind_of_actor(kind: ActorKind, details: dict[str, Any]) -> None:
    given().when(register(kind, **details)).refused(DetailsDoNotFit)


def test_a_local_government_has_the_code_that_is_valid_on_the_day() -> None:
    command = register(ActorKind.LOCAL_GOVERNMENT, nis=BORSBEEK)
    given().when(command, at="2024-12-31").then(as_fact(ActorRegistered, command))
    refused = given().when(command, at="2025-01-01").refused(NoSuchMunicipalityThen)
    assert refused.details["successor"] == "Antwerpen (11002)"


def test_a_code_outside_the_register_is_unknown() -> None:
    given().when(register(ActorKind.LOCAL_GOVERNMENT, nis=NisCode("21004"))).unknown("nis")


def test_nothing_is_recorded_before_it_has_happened() -> None:
    given().when(register(ActorKind.CITIZEN), at="2026-01-16", now=NOW).refused(InTheFuture)
    given().when(register(ActorKind.CITIZEN), at=NOW).then(
        as_fact(ActorRegistered, register(ActorKind.CITIZEN))
    )


def test_details_change() -> None:
    command = ChangeActorDetails(actor=CITIZEN, phone=Personal("+32 2 000 00 09"))
    given(REGISTERED).when(command).then(as_fact(ActorDetailsChanged, command))


def test_an_actor_was_there_before_anybody_registered_them() -> None:
    command = ChangeActorDetails(actor=CITIZEN, phone=Personal("+32 2 000 00 09"))
    given(REGISTERED).when(command, at="2019-03-01").then(as_fact(ActorDetailsChanged, command))


@pytest.mark.parametrize(
    ("actor", "detail"),
    [
        (CITIZEN, {"mandate": Narrative("Geen.")}),
        (CITIZEN, {"policy_staff": Personal("Een ambtenaar")}),
        (LOCAL_GOVERNMENT, {"sector": Sector.WORK}),
    ],
)
def test_changed_details_fit_the_kind_of_actor(actor: ActorId, detail: dict[str, Any]) -> None:
    given(*ACTORS).when(ChangeActorDetails(actor=actor, **detail)).refused(DetailsDoNotFit)


def test_days_are_those_of_brussels() -> None:
    """Borsbeek merged into Antwerpen at midnight in Belgium, when it was 23:00 in UTC."""
    command = register(ActorKind.LOCAL_GOVERNMENT, nis=BORSBEEK)
    merged = datetime(2024, 12, 31, 23, tzinfo=UTC)
    given().when(command, at=merged).refused(NoSuchMunicipalityThen)
    assert given().when(command, at=merged - timedelta(seconds=1)).answer()


def test_no_new_detail_is_no_change() -> None:
    given(REGISTERED).when(ChangeActorDetails(actor=CITIZEN)).already_so()


def test_details_are_of_somebody_who_is_registered() -> None:
    given(REGISTERED).when(ChangeActorDetails(actor=NEWCOMER)).unknown("actor")
