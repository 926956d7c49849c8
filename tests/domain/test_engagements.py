"""Engagements: a role and an approach come once a municipality is engaged (rules 4, 14 and 15)."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from domain.commands import Command
from domain.engagements import (
    AgreeApproach,
    ApproachAgreed,
    ChooseMunicipalRole,
    EngageMunicipality,
    IdentifyLocalNeed,
    IdentifyLocalPerson,
    LocalNeedIdentified,
    LocalPersonIdentified,
    MunicipalityEngaged,
    MunicipalityNotEngaged,
    MunicipalRole,
    MunicipalRoleChosen,
    PersonHasNotAgreed,
)
from domain.facts import Fact, as_fact
from domain.municipalities import (
    NoPolicyPlan,
    PartnershipAgreed,
    PartnershipTooEarly,
    PolicyPlanAdopted,
)
from domain.records import CorrectEvent, EventCorrected, OrderWouldChange
from domain.refusals import DatedBefore, InTheFuture, NoSuchMunicipalityThen
from domain.vocabulary import Narrative, NisCode, Position
from tests.domain.scenario import Given, day, given, on
from tests.facts import ACTORS, CITIZEN, LOCAL_GOVERNMENT, NETWORK_MEMBER, SAMPLES

ANTWERPEN, BORSBEEK = NisCode("11002"), NisCode("11007")
SAID = Narrative("Samen op weg.")
THERE = len(ACTORS) + 1
"""The position of what comes first after the actors."""

ENGAGE = EngageMunicipality(municipality=ANTWERPEN, purpose=SAID, agreed_by=(LOCAL_GOVERNMENT,))
NEED = IdentifyLocalNeed(municipality=ANTWERPEN, need=SAID)
LINK = ChooseMunicipalRole(municipality=ANTWERPEN, role=MunicipalRole.LINKER, reason=SAID)
PARTNER = replace(LINK, role=MunicipalRole.PARTNER)
PERSON = IdentifyLocalPerson(
    municipality=ANTWERPEN, person=CITIZEN, activity=SAID, agreed_on=date(2025, 6, 2)
)
APPROACH = AgreeApproach(municipality=ANTWERPEN, approach=SAID)

ENGAGED = as_fact(MunicipalityEngaged, ENGAGE)
LINKING = as_fact(MunicipalRoleChosen, LINK)
PLAN: Any = replace(SAMPLES[PolicyPlanAdopted], municipality=ANTWERPEN)
IN_BORSBEEK = replace(ENGAGED, municipality=BORSBEEK)
RESTING_ON_IT: tuple[tuple[Command, type[Fact]], ...] = (
    (LINK, MunicipalRoleChosen),
    (APPROACH, ApproachAgreed),
)


def moved(position: int, fact: Fact, to: str) -> CorrectEvent:
    becomes: Any = fact
    return CorrectEvent(
        position=Position(position),
        becomes=becomes,
        happened_at=day(to),
        reason=SAID,
        read_at=Position(position),
        changes=(),
    )


def allowed(log: Given, correction: CorrectEvent) -> None:
    log.when(correction).then(
        EventCorrected(
            position=correction.position,
            becomes=correction.becomes,
            happened_at=correction.happened_at,
            reason=correction.reason,
        )
    )


def test_a_municipality_engages() -> None:
    given(*ACTORS).when(ENGAGE).then(ENGAGED)


def test_the_same_people_engage_once() -> None:
    given(*ACTORS, ENGAGED).when(ENGAGE).already_so()
    given(*ACTORS, ENGAGED).when(replace(ENGAGE, agreed_by=())).already_so()


def test_it_engages_anew_with_others_or_under_its_new_code() -> None:
    again = replace(ENGAGE, agreed_by=(LOCAL_GOVERNMENT, NETWORK_MEMBER))
    given(*ACTORS, ENGAGED).when(again).then(as_fact(MunicipalityEngaged, again))
    given(*ACTORS, IN_BORSBEEK).when(ENGAGE).then(ENGAGED)


def test_a_merged_municipality_engages_no_more() -> None:
    given(*ACTORS).when(replace(ENGAGE, municipality=BORSBEEK)).refused(NoSuchMunicipalityThen)


def test_a_need_and_a_person_may_come_before_the_engagement() -> None:
    given(*ACTORS).when(NEED).then(as_fact(LocalNeedIdentified, NEED))
    given(*ACTORS).when(PERSON).then(as_fact(LocalPersonIdentified, PERSON))


@pytest.mark.parametrize(("command", "fact"), RESTING_ON_IT)
def test_a_role_and_an_approach_come_once_it_is_engaged(command: Command, fact: type[Fact]) -> None:
    given(*ACTORS, ENGAGED).when(command).then(as_fact(fact, command))
    given(*ACTORS, IN_BORSBEEK).when(command).then(as_fact(fact, command))
    given(*ACTORS).when(command).refused(MunicipalityNotEngaged)


@pytest.mark.parametrize(("command", "fact"), RESTING_ON_IT)
def test_they_do_not_come_before_it(command: Command, fact: type[Fact]) -> None:
    given(*ACTORS, on("2025-03-01", ENGAGED)).when(command, at="2025-02-01").refused(
        DatedBefore, blocked_by=[THERE]
    )
    given(*ACTORS, on("2025-03-01", ENGAGED), on("2025-01-15", IN_BORSBEEK)).when(
        command, at="2025-02-01"
    ).then(as_fact(fact, command))


def test_the_engagement_of_its_successor_is_not_its_own() -> None:
    in_borsbeek = replace(LINK, municipality=BORSBEEK)
    given(*ACTORS, ENGAGED).when(in_borsbeek, at="2024-12-01").refused(MunicipalityNotEngaged)


def test_a_role_is_chosen_once_and_others_beside_it() -> None:
    given(*ACTORS, ENGAGED, LINKING).when(LINK).already_so()
    find = replace(LINK, role=MunicipalRole.FINDER)
    given(*ACTORS, ENGAGED, LINKING).when(find).then(as_fact(MunicipalRoleChosen, find))


def test_a_partner_has_adopted_its_plan() -> None:
    given(*ACTORS, ENGAGED, PLAN).when(PARTNER).then(as_fact(MunicipalRoleChosen, PARTNER))
    given(*ACTORS, ENGAGED).when(PARTNER).refused(NoPolicyPlan)


def test_nobody_is_a_partner_before_2020() -> None:
    engaged = on("2019-03-01", ENGAGED)
    given(*ACTORS, engaged).when(PARTNER, at="2019-12-31").refused(PartnershipTooEarly)


def test_a_local_person_has_agreed() -> None:
    given(*ACTORS).when(replace(PERSON, agreed_on=None)).refused(PersonHasNotAgreed)
    given(*ACTORS).when(replace(PERSON, agreed_on=date(2025, 6, 3))).refused(InTheFuture)


def test_a_local_person_is_identified_once() -> None:
    given(*ACTORS, as_fact(LocalPersonIdentified, PERSON)).when(PERSON).already_so()


def test_a_local_person_is_registered() -> None:
    given().when(PERSON).unknown("person")


# Corrections: what is moved still rests on something, and so does what rests on it.


def test_a_role_does_not_move_to_before_the_engagement() -> None:
    log = given(*ACTORS, on("2025-02-01", ENGAGED), on("2025-03-01", LINKING))
    log.when(moved(THERE + 1, LINKING, "2025-01-15")).refused(DatedBefore, blocked_by=[THERE])
    allowed(log, moved(THERE + 1, LINKING, "2025-02-15"))


def test_an_engagement_does_not_move_to_after_what_rests_on_it() -> None:
    log = given(*ACTORS, on("2025-02-01", ENGAGED), on("2025-03-01", LINKING))
    log.when(moved(THERE, ENGAGED, "2025-03-02")).refused(OrderWouldChange, blocked_by=[THERE + 1])
    allowed(log, moved(THERE, ENGAGED, "2025-02-15"))


def test_that_of_a_predecessor_carries_what_rests_on_it_too() -> None:
    log = given(*ACTORS, on("2024-12-01", IN_BORSBEEK), on("2025-03-01", LINKING))
    log.when(moved(THERE + 1, LINKING, "2024-11-15")).refused(DatedBefore, blocked_by=[THERE])


def test_a_need_moves_freely() -> None:
    need = as_fact(LocalNeedIdentified, NEED)
    log = given(*ACTORS, on("2025-02-01", ENGAGED), on("2025-03-01", need))
    allowed(log, moved(THERE + 1, need, "2025-02-15"))
    allowed(log, moved(THERE, ENGAGED, "2025-02-15"))


def test_a_partner_role_does_not_move_to_before_the_plan() -> None:
    partner = as_fact(MunicipalRoleChosen, PARTNER)
    log = given(
        *ACTORS, on("2024-01-10", ENGAGED), on("2024-02-01", PLAN), on("2024-03-01", partner)
    )
    log.when(moved(THERE + 2, partner, "2024-01-15")).refused(DatedBefore, blocked_by=[THERE + 1])
    log.when(moved(THERE + 1, PLAN, "2024-03-02")).refused(OrderWouldChange, blocked_by=[THERE + 2])


def test_a_person_does_not_move_to_before_their_agreement() -> None:
    person = replace(as_fact(LocalPersonIdentified, PERSON), agreed_on=date(2025, 2, 1))
    log = given(*ACTORS, on("2025-02-01", person))
    log.when(moved(THERE, person, "2025-01-31")).refused(InTheFuture)


def test_a_partnership_outlives_no_plan_that_is_moved_away() -> None:
    partnership: Any = replace(SAMPLES[PartnershipAgreed], municipality=ANTWERPEN)
    log = given(*ACTORS, on("2024-02-01", PLAN), on("2024-03-01", partnership))
    log.when(moved(THERE, PLAN, "2024-03-02")).refused(
        OrderWouldChange, blocked_by=[THERE, THERE + 1]
    )
