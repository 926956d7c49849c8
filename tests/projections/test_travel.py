"""Time travel: every view, at any moments, against a slow fold that says plainly what it does.

The logs are random: they have late entries, imports that are out of order, and corrections of dates
and texts, some of them corrected again.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

import pytest
from msgspec import structs

from domain.conversations import FACTS, decide
from domain.days import day_of, end_of
from domain.facts import Fact, Recorded, stored_name, tags
from domain.notes import NoteAdded, NoteFor
from domain.pilots import PilotProposed
from domain.records import CorrectEvent, EventCorrected
from domain.refusals import DatedBefore, Refusal, Unknown
from domain.vocabulary import Narrative, Position
from projections import histories, municipalities, pilots
from projections.catalogue import VIEWS
from projections.travel import Moment, hidden, line_then, naming, row_then, rows_then, then
from projections.view import OfKind, View
from tests.domain.dice import Step, step
from tests.domain.scenario import NOW, as_stored, past_of
from tests.domain.story import BEGIN
from tests.domain.story import STORY as CHAPTERS
from tests.facts import CITIZEN, MUNICIPALITY, PILOT, SAMPLES, STORY, recorded

STEPS: Final = 90
SEEDS: Final = range(5)
MOMENTS: Final = 8
FOLDED: Final = [view for view in VIEWS if not view.folds_corrections]


class Looked(NamedTuple):
    """A moment as a reader asks for it."""

    known_at: datetime | None
    as_of: datetime | None


# Random logs.


@cache
def random_log(seed: int) -> Sequence[Recorded]:
    """The long story, and after it whatever random steps make happen, every third a correction."""
    log: list[Recorded] = []
    for chapter in CHAPTERS:
        record(log, chapter, late=False)
    for number in range(STEPS):
        rolled = roll(f"{seed} {number}", log, correcting=number % 3 == 0)
        record(log, rolled, late=number % 3 == 1)
    return log


def roll(die: str, log: Sequence[Recorded], *, correcting: bool) -> Step:
    if not correcting:
        return step(die, log)
    rolls = (step(f"{die} {again}", log) for again in range(1000))
    return next(rolled for rolled in rolls if isinstance(rolled.command, CorrectEvent))


def record(log: list[Recorded], asked: Step, *, late: bool) -> None:
    """As the service would: an import comes in although it is dated before what it rests on."""
    at = asked.at - timedelta(days=300) if late else asked.at
    past, dated = past_of([as_stored(event) for event in log], asked.command), at
    while True:
        try:
            facts = decide(asked.command, past, dated, NOW, dated=at)
            break
        except DatedBefore as early:
            if not late:
                return
            dated = early.mark.at
        except (Refusal, Unknown):
            return
    for fact in facts:
        position = len(log) + 1
        # Three at a time are recorded at the same moment.
        stored = BEGIN + timedelta(days=20 * (position // 3))
        out_of_order = dated != at
        log.append(
            recorded(fact, position, occurred_at=at, recorded_at=stored, out_of_order=out_of_order)
        )


def moments(log: Sequence[Recorded], seed: int) -> Iterator[Looked]:
    """On the very moments of events, just before and after them, and anywhere."""
    dice = random.Random(seed)  # noqa: S311 - dice, no secrets
    tick = timedelta(microseconds=1)
    for _ in range(MOMENTS):
        about_then, about_that = dice.choice(log), dice.choice(log)
        known_at = about_then.recorded_at + dice.choice((-tick, timedelta(), tick))
        as_of = about_that.occurred_at + dice.choice((-tick, timedelta(), tick))
        yield from (Looked(known_at, None), Looked(None, as_of), Looked(known_at, as_of))


# The reference.


def known_by(log: Sequence[Recorded], looked: Looked) -> list[Recorded]:
    return [e for e in log if looked.known_at is None or not e.recorded_at > looked.known_at]


def as_it_read(event: Recorded, known: Sequence[Recorded]) -> tuple[Fact, datetime]:
    fact, at = event.fact, event.occurred_at
    for other in known:
        if isinstance(other.fact, EventCorrected) and other.fact.position == event.position:
            fact, at = other.fact.becomes, other.fact.happened_at
    return fact, at


def reference(view: View, log: Sequence[Recorded], looked: Looked) -> dict[str, Any]:
    """Every row: for each event that was known, how it read and whether it had happened."""
    known = known_by(log, looked)
    rows: dict[str, Any] = {}
    never: set[str] = set()
    met: set[str] = set()
    for event in known:
        fact, at = as_it_read(event, known)
        happened = looked.as_of is None or not at > looked.as_of
        for key in set(view.keys(fact, event.position)):
            # What is told of a thing before its beginning has happened shows nothing of it.
            begins = key not in met and founds(fact, key)
            if begins and not happened:
                never.add(key)
            met.add(key)
            if happened and key not in never:
                told = structs.replace(event, fact=fact, occurred_at=at)
                rows[key] = view.evolve(rows.get(key, view.empty(key)), told)
    return rows


FOUNDING: Final = (
    *("actor.registered", "request.received", "session.planned", "example.published"),
    *("initiative.registered", "workshop.planned", "cocreation.started", "pilot.proposed"),
    *("professional.role_reflected", "blueprint.drafted", "ambition.set", "note.added"),
    *("document.attached", "pilot.lesson_learned", "outcome.harvested", "approach.proposed"),
)


def founds(fact: Fact, key: str) -> bool:
    """Whether a thing begins with it: it is named so, and names the thing first."""
    named_first = getattr(fact, fact.__struct_fields__[0])
    return stored_name(type(fact)) in FOUNDING and named_first == key


def moment_of(log: Sequence[Recorded], looked: Looked) -> Moment:
    known = None if looked.known_at is None else len(known_by(log, looked))
    return Moment(known=known, as_of=looked.as_of)


# Every view, at any moment.


def test_the_random_logs_have_what_time_travel_is_about() -> None:
    logs = [random_log(seed) for seed in SEEDS]
    corrections = [
        (log[event.fact.position - 1], event.fact)
        for log in logs
        for event in log
        if isinstance(event.fact, EventCorrected)
    ]
    assert len(corrections) >= 25
    moved = [fix for event, fix in corrections if event.occurred_at != fix.happened_at]
    assert len(moved) >= 5
    assert len([event for log in logs for event in log if event.out_of_order]) >= 10


@pytest.mark.parametrize("seed", SEEDS)
def test_all_rows_of_every_view_are_those_of_a_plain_fold(seed: int) -> None:
    log = random_log(seed)
    corrections = [event for event in log if isinstance(event.fact, EventCorrected)]
    differing = 0
    for looked in moments(log, seed):
        moment = moment_of(log, looked)
        for view in FOLDED:
            told = reference(view, log, looked)
            assert rows_then(view, corrections, log, moment) == told, (view.name, looked)
            differing += told != reference(view, log, Looked(None, None))
    assert differing > MOMENTS * len(FOLDED)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_row_of_every_view_is_that_of_a_plain_fold(seed: int) -> None:
    log, dice = random_log(seed), random.Random(seed)  # noqa: S311 - dice, no secrets
    for looked in moments(log, seed):
        moment = moment_of(log, looked)
        view = dice.choice(FOLDED)
        told = reference(view, log, looked)
        keys = {key for event in log for key in view.keys(event.fact, event.position)}
        for key in dice.sample(sorted(keys), min(6, len(keys))):
            past = [event for event in log if not tags(event.fact).isdisjoint(view.about(key))]
            assert row_then(view, key, past, moment) == told.get(key), (view.name, key, looked)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_line_of_history_reads_as_it_read_then(seed: int) -> None:
    log, dice = random_log(seed), random.Random(seed)  # noqa: S311 - dice, no secrets
    for looked in moments(log, seed):
        moment, known = moment_of(log, looked), known_by(log, looked)
        told = [(event.position, *as_it_read(event, known)) for event in known]
        if looked.as_of:
            told = [(position, fact, at) for position, fact, at in told if not at > looked.as_of]
        assert [(e.position, e.fact, e.occurred_at) for e in then(log, moment)] == told
        for position, _, at in dice.sample(told, min(5, len(told))):
            line = line_then(position, log, moment)
            assert line == line_of(position, known)
            assert line.occurred_at == at


def line_of(position: int, known: Sequence[Recorded]) -> histories.Line:
    """The line of an event, and then each correction of it in turn."""
    line = histories.evolve(histories.Line(position=position), known[position - 1])
    for event in known:
        if isinstance(event.fact, EventCorrected) and event.fact.position == position:
            line = histories.evolve(line, event)
    return line


# What the property cannot say.


def test_a_thing_is_not_there_before_it_began() -> None:
    proposed = next(event for event in STORY if tags(event.fact) >= {PILOT})
    before = proposed.occurred_at - timedelta(microseconds=1)
    assert row_then(pilots.VIEW, PILOT, STORY, Moment(as_of=before)) is None
    assert row_then(pilots.VIEW, PILOT, STORY, Moment(known=proposed.position - 1)) is None
    there = row_then(pilots.VIEW, PILOT, STORY, Moment(as_of=proposed.occurred_at))
    assert there is not None
    assert there.version == proposed.position


def test_what_was_corrected_twice_reads_by_the_last_correction_at_any_moment() -> None:
    """Also on a day between the two corrections."""
    told = [event for event in STORY if tags(event.fact) >= {PILOT}]
    proposed = next(event for event in told if isinstance(event.fact, PilotProposed))
    assert isinstance(proposed.fact, PilotProposed)
    last = told[-1]
    fixes = [
        recorded(
            EventCorrected(
                position=Position(proposed.position),
                becomes=structs.replace(proposed.fact, title=Narrative(title)),
                happened_at=proposed.occurred_at,
                reason=Narrative("Zo heet ze."),
            ),
            last.position + day,
            occurred_at=last.occurred_at + timedelta(days=day),
        )
        for day, title in ((1, "Eerst verbeterd"), (3, "Toen verbeterd"))
    ]
    for days in range(5):
        moment = Moment(as_of=last.occurred_at + timedelta(days=days))
        one = row_then(pilots.VIEW, PILOT, [*told, *fixes], moment)
        assert one is not None
        assert one.title == "Toen verbeterd"
        assert rows_then(pilots.VIEW, fixes, [*told, *fixes], moment)[PILOT] == one


def test_nobody_is_seen_before_they_were_registered_though_they_took_part() -> None:
    registered, _, *others = [event for event in STORY if CITIZEN in tags(event.fact)]
    late = registered.telling(registered.fact, others[-1].occurred_at)
    moment = Moment(as_of=others[0].occurred_at)
    actors = next(view for view in VIEWS if view.name == "actors")
    assert row_then(actors, CITIZEN, [late, *others], moment) is None
    assert rows_then(actors, (), [late, *others], moment).keys().isdisjoint({CITIZEN})


def test_a_place_is_there_with_the_first_that_happened_in_it() -> None:
    """It has no beginning of its own, so what was recorded first may have happened last."""
    first, second = [e for e in STORY if f"nis:{MUNICIPALITY}" in tags(e.fact)][:2]
    late = first.telling(first.fact, second.occurred_at + timedelta(days=9))
    then_seen = row_then(
        municipalities.VIEW, MUNICIPALITY, [late, second], Moment(as_of=second.occurred_at)
    )
    assert then_seen is not None
    assert then_seen.version == second.position


@pytest.mark.parametrize("first", list(NoteFor))
@pytest.mark.parametrize("becomes", list(NoteFor))
def test_what_was_internal_once_is_hidden_at_any_moment(first: NoteFor, becomes: NoteFor) -> None:
    said = structs.replace(note(), visibility=first)
    fix = EventCorrected(
        position=Position(1),
        becomes=structs.replace(said, visibility=becomes),
        happened_at=BEGIN,
        reason=Narrative("Toch niet."),
    )
    found = hidden([recorded(said, 1), recorded(fix, 2)])
    assert (1 in found) == (NoteFor.INTERNAL in (first, becomes))
    assert (2 in found) == (becomes is NoteFor.INTERNAL)


def note() -> NoteAdded:
    sample = SAMPLES[NoteAdded]
    assert isinstance(sample, NoteAdded)
    return sample


@pytest.mark.parametrize(
    "view", [view for view in VIEWS if isinstance(view.keys, OfKind)], ids=lambda view: view.name
)
def test_all_facts_that_touch_a_view_are_among_those_that_are_read_for_it(view: View) -> None:
    assert isinstance(view.keys, OfKind)
    touching = {stored_name(fact) for fact in FACTS if view.keys(SAMPLES[fact], 1)}
    assert touching <= set(naming(view.keys.prefix)) | {"record.corrected"}
    assert "record.corrected" in naming(view.keys.prefix)
    assert len(naming(view.keys.prefix)) < len(FACTS)


def test_a_day_ends_at_midnight_in_brussels_in_summer_and_in_winter() -> None:
    for day, end in (("2024-07-01", "21:59"), ("2024-01-01", "22:59"), ("2024-03-31", "21:59")):
        moment = end_of(datetime.fromisoformat(f"{day}T12:00Z").date())
        assert f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" == f"{day} {end}"
        assert str(day_of(moment)) == day
        assert str(day_of(moment + timedelta(microseconds=1))) > day
