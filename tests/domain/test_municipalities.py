"""Municipalities: plans first, and then partnership (rules 3 and 4)."""

from datetime import date

import pytest

from domain.facts import as_fact
from domain.municipalities import (
    AdoptPolicyPlan,
    AgreePartnership,
    NoPolicyPlan,
    PartnershipAgreed,
    PartnershipTooEarly,
    PlanEndsBeforeItStarts,
    PolicyPlanAdopted,
)
from domain.refusals import DatedBefore, InTheFuture, NoSuchMunicipalityThen
from domain.vocabulary import Narrative, NisCode
from tests.domain.scenario import given, on
from tests.facts import ACTORS, LOCAL_GOVERNMENT

ANTWERPEN, BORSBEEK = NisCode("11002"), NisCode("11007")


def adopt(
    municipality: NisCode = ANTWERPEN,
    adopted: str = "2019-12-01",
    starts: str = "2020-01-01",
    ends: str = "2025-12-31",
) -> AdoptPolicyPlan:
    return AdoptPolicyPlan(
        municipality=municipality,
        title=Narrative("Samen in de wijk"),
        adopted_on=date.fromisoformat(adopted),
        starts_on=date.fromisoformat(starts),
        ends_on=date.fromisoformat(ends),
    )


def adopted(municipality: NisCode = ANTWERPEN, ends: str = "2025-12-31") -> PolicyPlanAdopted:
    return as_fact(PolicyPlanAdopted, adopt(municipality, ends=ends))


def agree(municipality: NisCode = ANTWERPEN) -> AgreePartnership:
    return AgreePartnership(
        municipality=municipality,
        purpose=Narrative("Proeftuinen."),
        agreed_by=(LOCAL_GOVERNMENT,),
    )


def test_a_municipality_adopts_a_plan() -> None:
    given().when(adopt(), at="2019-12-02").then(as_fact(PolicyPlanAdopted, adopt()))


def test_the_same_plan_again_is_no_news() -> None:
    given(on("2019-12-02", adopted())).when(adopt()).already_so()


def test_another_period_is_another_plan() -> None:
    renewed = adopt(adopted="2024-11-01", starts="2026-01-01", ends="2031-12-31")
    given(on("2019-12-02", adopted())).when(renewed).then(as_fact(PolicyPlanAdopted, renewed))


def test_a_plan_does_not_end_before_it_starts() -> None:
    given().when(adopt(ends="2019-12-31")).refused(PlanEndsBeforeItStarts)


def test_a_plan_was_adopted_by_the_day_on_which_it_is_said_to_be() -> None:
    given().when(adopt(adopted="2019-12-03"), at="2019-12-02").refused(InTheFuture)


def test_a_merged_municipality_adopts_nothing_new() -> None:
    given().when(adopt(BORSBEEK), at="2024-12-31").then(as_fact(PolicyPlanAdopted, adopt(BORSBEEK)))
    given().when(adopt(BORSBEEK), at="2025-01-01").refused(NoSuchMunicipalityThen)


@pytest.mark.parametrize("plans_of", [ANTWERPEN, BORSBEEK], ids=["its own", "of a predecessor"])
def test_a_municipality_with_a_plan_becomes_a_partner(plans_of: NisCode) -> None:
    given(*ACTORS, on("2019-12-02", adopted(plans_of))).when(agree()).then(
        as_fact(PartnershipAgreed, agree())
    )


def test_a_partnership_needs_a_plan() -> None:
    given(*ACTORS).when(agree()).refused(NoPolicyPlan)


def test_a_plan_of_the_municipality_that_one_merged_into_is_not_its_own() -> None:
    given(*ACTORS, on("2019-12-02", adopted())).when(agree(BORSBEEK), at="2024-06-01").refused(
        NoPolicyPlan
    )


def test_a_plan_that_has_ended_carries_no_partnership() -> None:
    given(*ACTORS, on("2019-12-02", adopted(ends="2024-12-31"))).when(agree()).refused(
        NoPolicyPlan, blocked_by=[len(ACTORS) + 1]
    )


@pytest.mark.parametrize("day", ["2019-12-31", "2019-06-01"])
def test_no_partnership_is_dated_before_2020(day: str) -> None:
    given(*ACTORS, on("2019-01-02", adopted())).when(agree(), at=day).refused(PartnershipTooEarly)


def test_a_partnership_is_dated_from_2020() -> None:
    given(*ACTORS, on("2019-12-02", adopted())).when(agree(), at="2020-01-01").then(
        as_fact(PartnershipAgreed, agree())
    )


def test_a_partnership_does_not_come_before_its_plan_was_adopted() -> None:
    given(*ACTORS, on("2020-06-01", adopted())).when(agree(), at="2020-03-01").refused(
        DatedBefore, blocked_by=[len(ACTORS) + 1]
    )


def test_an_earlier_plan_carries_what_a_later_one_comes_too_late_for() -> None:
    given(*ACTORS, on("2019-12-02", adopted()), on("2024-02-01", adopted(ends="2027-12-31"))).when(
        agree(), at="2022-06-01"
    ).then(as_fact(PartnershipAgreed, agree()))
