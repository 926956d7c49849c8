"""The load data is the same each time, keeps every rule, and holds everything that can happen."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from msgspec.structs import replace

from domain.actors import ActorRegistered
from domain.co_creation import CoCreationStarted, CoCreationStepTaken
from domain.commands import Command
from domain.conversations import FACTS
from domain.facts import Fact, Recorded, stored_name, subject
from domain.initiatives import InitiativeRegistered
from domain.municipalities import PolicyPlanAdopted
from domain.pilots import (
    DecidePilot,
    Decision,
    GiveConsent,
    PilotConsentGiven,
    PilotDecided,
    PilotProposed,
)
from domain.records import EventCorrected
from domain.register import municipalities
from domain.support_requests import (
    AnswerSupportRequest,
    SupportRequestReceived,
    SupportRequestTriaged,
)
from domain.vocabulary import ActorKind, ExampleId, Narrative
from domain.workshops import WorkshopHeld
from service.clock import StoryClock
from service.running import Service
from tests.documents.rules import RULES
from tests.domain.scenario import past_of
from tests.load.days import FIRST, LAST
from tests.load.life import Past
from tests.load.loading import NotEmpty, digest, load, stored
from tests.load.people import TOWNS
from tests.load.replay import Replayed, replay
from tests.load.years import Told, generate

ROOT: Final = Path(__file__).parents[2]
EVENTS: Final = 3_000
SEED: Final = 1
LOADED: Final = 300
"""So many are loaded into a database: each sitting is a transaction of its own."""


class Generated(NamedTuple):
    log: list[Recorded]
    told: Told


@pytest.fixture(scope="module")
def generated() -> Generated:
    told = Told()
    return Generated(list(generate(SEED, EVENTS, told)), told)


@pytest.fixture(scope="module")
def replayed(generated: Generated) -> Replayed:
    return replay(generated.log)


def test_the_same_seed_gives_the_same_log_in_another_process(generated: Generated) -> None:
    asked = f"from tests.load import *; print(digest(generate({SEED}, {EVENTS})))"
    said = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == digest(generated.log)


def test_another_seed_gives_another_log(generated: Generated) -> None:
    assert digest(islice(generate(SEED + 1, EVENTS), 200)) != digest(generated.log[:200])


def test_there_are_as_many_events_as_were_asked_for(generated: Generated) -> None:
    assert len(generated.log) >= EVENTS


def test_no_rule_is_broken_when_it_is_replayed(replayed: Replayed) -> None:
    assert replayed.broken == []
    assert replayed.out_of_place == []


def test_every_kind_of_event_and_every_decision_occurs(replayed: Replayed) -> None:
    assert set(replayed.types) == {stored_name(fact) for fact in FACTS}
    assert set(replayed.decisions) == set(Decision)


def test_thirty_municipalities_of_the_register_have_a_pilot_by_2023(replayed: Replayed) -> None:
    assert len(replayed.pilots) == TOWNS
    assert max(replayed.pilots.values()) < datetime(2024, 1, 1, tzinfo=UTC)
    assert replayed.pilots.keys() == replayed.municipalities.keys() <= municipalities().keys()


def test_under_each_rule_something_was_refused(generated: Generated) -> None:
    refused = {getattr(refusal, "RULE", None) for refusal in generated.told.refused}
    assert set(RULES) <= refused
    assert generated.told.asked >= len(generated.log)


def test_the_network_grows_and_rests_on_sundays_and_in_summer(replayed: Replayed) -> None:
    assert set(replayed.years) == set(range(FIRST.year, LAST.year + 1))
    assert replayed.years[2022] > 2 * replayed.years[2015]
    assert replayed.weekdays[6] * 5 < replayed.weekdays[1]
    assert replayed.months[7] + replayed.months[8] < replayed.months[10] + replayed.months[11]


def test_cases_go_on_beside_each_other_and_some_are_written_down_late(
    generated: Generated, replayed: Replayed
) -> None:
    turns = sum(
        subject(one.fact) != subject(following.fact) for one, following in pairwise(generated.log)
    )
    assert turns > replayed.events / 2
    assert replayed.late > replayed.events / 100
    assert replayed.behind > replayed.events / 100
    assert replayed.out_of_order > 0


def test_it_stands_in_a_database_as_it_was_generated(
    generated: Generated, service: Service, clock: StoryClock
) -> None:
    first = generated.log[:LOADED]
    assert load(service.log, clock, first) == LOADED
    assert [replace(event, id="") for event in stored(service.log)] == [
        replace(event, id="") for event in first
    ]
    with pytest.raises(NotEmpty, match="an empty one"):
        load(service.log, clock, first)


def test_too_few_events_for_thirty_pilots_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 2000"):
        next(generate(SEED, 100))


# The past of a command is found in memory as the service finds it.


def a_decision(fact: PilotDecided) -> Command:
    return DecidePilot(
        pilot=fact.pilot,
        decision=fact.decision,
        deciders=fact.deciders,
        motivation=fact.motivation,
        evidence=fact.evidence,
    )


def a_consent(fact: PilotConsentGiven) -> Command:
    return GiveConsent(pilot=fact.pilot, initiator=fact.initiator)


def an_answer(fact: SupportRequestReceived) -> Command:
    return AnswerSupportRequest(
        request=fact.request, answer=Narrative("Ja."), examples=(ExampleId("example_none"),)
    )


@pytest.mark.parametrize(
    ("fact", "command"),
    [
        (PilotDecided, a_decision),
        (PilotConsentGiven, a_consent),
        (SupportRequestReceived, an_answer),
    ],
)
def test_the_past_in_memory_is_that_of_the_boundary(
    generated: Generated, fact: type[Fact], command: Callable[[Any], Command]
) -> None:
    past = Past()
    for event in generated.log:
        past.add(event)
    asked = [command(event.fact) for event in generated.log if type(event.fact) is fact][-3:]
    assert [past.of(one) for one in asked] == [past_of(generated.log, one) for one in asked]


# The check can fail.


def left_out(kind: type[Fact]) -> Callable[[list[Recorded]], list[Recorded]]:
    """The log without any fact of a kind."""
    return lambda log: [event for event in log if not isinstance(event.fact, kind)]


def changed(
    kind: type[Fact], change: Callable[[Recorded, list[Recorded]], Recorded]
) -> Callable[[list[Recorded]], list[Recorded]]:
    """The log with one fact of a kind changed."""

    def change_one(log: list[Recorded]) -> list[Recorded]:
        corrected = {e.fact.position for e in log if isinstance(e.fact, EventCorrected)}
        one = next(
            event
            for event in log[len(log) // 2 :]
            if type(event.fact) is kind and event.position not in corrected
        )
        return [change(event, log) if event is one else event for event in log]

    return change_one


def by_a_professional(event: Recorded, log: list[Recorded]) -> Recorded:
    someone = next(
        e.fact.actor
        for e in log
        if isinstance(e.fact, ActorRegistered) and e.fact.kind is ActorKind.PROFESSIONAL
    )
    fact: Any = event.fact
    return replace(event, fact=replace(fact, initiators=(someone,)))


def tomorrow(event: Recorded, _log: list[Recorded]) -> Recorded:
    return replace(event, occurred_at=event.recorded_at + timedelta(days=1))


def long_before(event: Recorded, _log: list[Recorded]) -> Recorded:
    return replace(event, occurred_at=event.occurred_at - timedelta(days=2000))


BREAKING: Final[dict[str, tuple[int, Callable[[list[Recorded]], list[Recorded]]]]] = {
    "started by a professional": (1, changed(InitiativeRegistered, by_a_professional)),
    "pilots without plans": (3, left_out(PolicyPlanAdopted)),
    "approved without consents": (5, left_out(PilotConsentGiven)),
    "approved without a step together": (5, left_out(CoCreationStepTaken)),
    "insights of workshops that were not held": (7, left_out(WorkshopHeld)),
    "answered before it is triaged": (9, left_out(SupportRequestTriaged)),
    "held in the future": (13, changed(WorkshopHeld, tomorrow)),
    "proposed before the initiative was there": (13, changed(PilotProposed, long_before)),
    "steps of what never started": (13, left_out(CoCreationStarted)),
}
"""What breaks a rule in the generated log, with the rule."""


@pytest.mark.parametrize("what", BREAKING)
def test_a_rule_that_is_broken_in_it_is_found(generated: Generated, what: str) -> None:
    rule, breaking = BREAKING[what]
    assert rule in {found.rule for found in replay(breaking(generated.log)).broken}


def test_a_gap_in_it_is_found(generated: Generated) -> None:
    log = generated.log
    assert replay([*log[:100], *log[101:200]]).out_of_place == [log[101].position]
