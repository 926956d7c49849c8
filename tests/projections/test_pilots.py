"""Pilots: a reader sees the status that the domain decides by."""

from datetime import date
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain import pilots as domain
from domain.conversations import FACTS
from domain.facts import Fact
from domain.pilots import Decision, PilotConsentGiven, PilotConsentWithdrawn, PilotDecided
from projections.pilots import STAGES, VIEW, Pilot
from projections.view import fold
from tests.facts import CITIZEN, PILOT, SAMPLES, recorded

PROPOSED = SAMPLES[domain.PilotProposed]
CONSENT = SAMPLES[PilotConsentGiven]
WITHDRAWN = SAMPLES[PilotConsentWithdrawn]
PROPOSED_AT = recorded(PROPOSED, 1).mark


def decided(*decisions: Decision) -> list[Fact]:
    return [replace(SAMPLES[PilotDecided], decision=decision) for decision in decisions]


def pilot(*facts: Fact) -> Pilot:
    log = [recorded(fact, position) for position, fact in enumerate((PROPOSED, *facts), start=1)]
    return fold(VIEW, PILOT, log)


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ([], "proposed"),
        ([CONSENT], "proposed"),
        (decided(Decision.DEFER), "deferred"),
        ([*decided(Decision.DEFER), CONSENT], "deferred"),
        (decided(Decision.REJECT), "rejected"),
        (decided(Decision.APPROVE), "approved"),
        (decided(Decision.APPROVE, Decision.ADJUST), "approved"),
        (decided(Decision.APPROVE, Decision.EXTEND, Decision.SCALE), "approved"),
        (decided(Decision.APPROVE, Decision.PAUSE), "paused"),
        (decided(Decision.APPROVE, Decision.PAUSE, Decision.ADJUST), "paused"),
        (decided(Decision.APPROVE, Decision.PAUSE, Decision.RESUME), "approved"),
        (decided(Decision.APPROVE, Decision.STOP), "stopped"),
        (decided(Decision.APPROVE, Decision.COMPLETE), "completed"),
        ([CONSENT, *decided(Decision.APPROVE), WITHDRAWN], "paused"),
        ([CONSENT, WITHDRAWN], "proposed"),
        ([CONSENT, *decided(Decision.APPROVE, Decision.COMPLETE), WITHDRAWN], "completed"),
    ],
)
def test_a_pilot_has_the_status_that_its_events_gave_it(facts: list[Fact], status: str) -> None:
    assert pilot(*facts).status == status


@given(st.lists(st.sampled_from([CONSENT, WITHDRAWN, *decided(*Decision)])))
def test_the_status_agrees_with_the_stage_that_decisions_rest_on(facts: list[Fact]) -> None:
    log = [recorded(fact, position) for position, fact in enumerate((PROPOSED, *facts), start=1)]
    state = reduce(domain.evolve, log, domain.State(pilot=PILOT))
    assert type(state.stage) is STAGES[fold(VIEW, PILOT, log).status]


@pytest.mark.parametrize("fact", [fact for fact in FACTS if fact not in domain.MOVING])
def test_nothing_else_that_happens_brings_a_pilot_elsewhere(fact: type[Fact]) -> None:
    stage = domain.Approved(PROPOSED_AT)
    assert domain.stage_after(SAMPLES[fact], stage, PROPOSED_AT) is stage


def test_consent_is_that_of_those_who_consent_now() -> None:
    assert pilot(CONSENT).consents == [CITIZEN]
    assert pilot(CONSENT, WITHDRAWN).consents == []


def test_only_an_extension_moves_the_end() -> None:
    until = replace(SAMPLES[PilotDecided], ends_on=date(2026, 5, 31))
    assert pilot(until).ends_on == date(2025, 5, 31)
    extended = replace(until, decision=Decision.EXTEND)
    assert pilot(until, extended).ends_on == date(2026, 5, 31)


def test_each_decision_stays_in_sight() -> None:
    seen = pilot(*decided(Decision.DEFER, Decision.APPROVE)).decisions
    assert [(d.position, d.decision) for d in seen] == [(2, "defer"), (3, "approve")]
