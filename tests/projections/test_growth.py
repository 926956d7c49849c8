"""Growth: figures for each day on which one of them changed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.actors import ActorRegistered
from domain.days import day_of, end_of
from domain.facts import Recorded, tags
from domain.vocabulary import ActorKind
from projections.growth import GROWING, Point, growth
from projections.initiatives import VIEW
from projections.travel import Moment, row_then, then
from tests.facts import INITIATIVE, STORY
from tests.projections.test_travel import SEEDS, random_log


def about(log: Sequence[Recorded], initiative: str = INITIATIVE) -> list[Recorded]:
    return [event for event in log if initiative in tags(event.fact)]


def curve(log: Sequence[Recorded], initiative: str = INITIATIVE, **moment: Any) -> list[Point]:
    registered = (event.fact for event in log)
    kinds: dict[str, ActorKind] = {
        fact.actor: fact.kind for fact in registered if isinstance(fact, ActorRegistered)
    }
    return growth(initiative, then(about(log, initiative), Moment(**moment)), kinds)


def test_an_initiative_grows_by_those_who_join_and_what_they_bring() -> None:
    first, joined, *_, last = curve(STORY)
    assert (first.participants, first.by_role) == (2, {"initiator": 2})
    assert (first.contributions, first.scales, first.partners) == (0, None, 0)
    assert joined.by_role == {"initiator": 2, "partner": 1}
    assert joined.by_audience == {"citizens": 2, "professionals": 1}
    assert (last.contributions, last.contributors, last.links, last.strengths) == (2, 2, 1, 2)
    assert last.scales is not None
    assert (last.scales.strength_based, last.scales.network_strengthening) == (4, 3)


def test_who_is_a_partner_in_a_pilot_is_one_although_they_left() -> None:
    *_, last = curve(STORY)
    assert last.by_role == {"initiator": 2}
    assert last.partners == 2


def test_each_point_names_what_changed_a_figure() -> None:
    events = {event.position: event for event in STORY}
    for point in curve(STORY):
        assert point.positions
        for position in point.positions:
            assert isinstance(events[position].fact, GROWING)
            assert day_of(events[position].occurred_at) == point.on


@pytest.mark.parametrize("seed", SEEDS)
def test_a_point_is_what_the_initiative_was_at_the_end_of_its_day(seed: int) -> None:
    log = random_log(seed)
    points = curve(log)
    days = [point.on for point in points]
    assert days == sorted(set(days))
    for point in points:
        then_seen = row_then(VIEW, INITIATIVE, about(log), Moment(as_of=end_of(point.on)))
        assert then_seen is not None
        roles = [person.role for person in then_seen.participants]
        assert point.participants == len(roles)
        assert point.by_role == {role: roles.count(role) for role in sorted(set(roles))}
        assert point.links == len(then_seen.links)
        assert point.strengths == len(then_seen.strengths)
        shown = [(a.strength_based, a.network_strengthening) for a in then_seen.assessments]
        assert (point.scales is None) == (not shown)
        if point.scales:
            scales = (point.scales.strength_based, point.scales.network_strengthening)
            assert scales == shown[-1]


def test_what_was_not_known_yet_is_no_growth() -> None:
    points = curve(STORY)
    joined = points[1].positions[0]
    assert curve(STORY, known=joined - 1) == points[:1]
    before = end_of(points[1].on) - timedelta(days=1)
    assert curve(STORY, as_of=before) == points[:1]
    assert curve(STORY, as_of=datetime.min.replace(tzinfo=before.tzinfo)) == []
