"""Municipalities: one dossier for a place, whatever its code was."""

from msgspec.structs import replace

from domain.engagements import (
    LocalNeedIdentified,
    MunicipalityEngaged,
    MunicipalRole,
    MunicipalRoleChosen,
)
from domain.facts import Fact, tags
from domain.municipalities import PolicyPlanAdopted
from domain.pilots import PilotProposed
from domain.support_requests import SupportRequestReceived
from domain.vocabulary import NisCode
from projections.municipalities import VIEW, Dossier, Stage
from projections.view import fold, touched
from tests.facts import LOCAL_GOVERNMENT, MUNICIPALITY, SAMPLES, STORY, recorded

MERGED, TODAY = NisCode("11007"), NisCode("11002")


def dossier(key: str, *facts: Fact) -> Dossier:
    log = [recorded(fact, position) for position, fact in enumerate(facts, start=1)]
    return fold(VIEW, key, log)


def test_a_merged_municipality_is_found_under_its_successor() -> None:
    plan = replace(SAMPLES[PolicyPlanAdopted], municipality=MERGED)
    pilot = replace(SAMPLES[PilotProposed], municipality=TODAY)
    assert touched(VIEW, recorded(plan)) == touched(VIEW, recorded(pilot)) == (TODAY,)
    row = dossier(TODAY, plan, pilot)
    assert row.name == "Antwerpen"
    assert MERGED in row.predecessors
    assert [plan.municipality for plan in row.plans] == [MERGED]
    assert row.pilots == 1


def test_a_dossier_is_folded_from_the_tags_of_all_its_codes() -> None:
    plan = replace(SAMPLES[PolicyPlanAdopted], municipality=MERGED)
    assert tags(plan) & set(VIEW.about(TODAY))


def test_a_dossier_counts_what_began_in_the_place() -> None:
    row: Dossier = fold(VIEW, MUNICIPALITY, STORY)
    counts = (row.requests, row.sessions, row.workshops, row.initiatives, row.pilots)
    assert counts == (1, 1, 1, 1, 1)
    assert row.local_governments == [LOCAL_GOVERNMENT]
    assert len(row.partnerships) == 1


def test_what_happened_elsewhere_stays_out() -> None:
    elsewhere = replace(SAMPLES[SupportRequestReceived], municipality=TODAY)
    assert dossier(MUNICIPALITY, elsewhere).requests == 0


def test_a_dossier_tells_what_was_agreed_and_how_far_that_came() -> None:
    row: Dossier = fold(VIEW, MUNICIPALITY, STORY)
    assert row.stage is Stage.PILOTS
    agreed = (row.engagements, row.needs, row.roles, row.people, row.approaches)
    assert [len(told) for told in agreed] == [1, 1, 1, 1, 1]
    assert row.examples == 1


def test_a_stage_is_the_furthest_that_was_reached() -> None:
    partner = replace(SAMPLES[MunicipalRoleChosen], role=MunicipalRole.PARTNER)
    steps = (
        (SAMPLES[LocalNeedIdentified], Stage.NOT_ENGAGED),
        (SAMPLES[MunicipalityEngaged], Stage.ENGAGED),
        (SAMPLES[MunicipalRoleChosen], Stage.ENGAGED),
        (SAMPLES[PolicyPlanAdopted], Stage.PLAN_ADOPTED),
        (partner, Stage.PARTNER),
        (SAMPLES[PilotProposed], Stage.PILOTS),
    )
    for number, (_, stage) in enumerate(steps, start=1):
        assert dossier(MUNICIPALITY, *(fact for fact, _ in steps[:number])).stage is stage
