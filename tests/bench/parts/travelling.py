"""How long it takes to see a pilot of 1,000 events as it was; runs alone too, with `--quick`.

The state by `asOf`, by `knownAt` and by both, from the request's texts to the answer's bytes, at
moments all over the life of the pilot. The control reads the same rows of the log and the vault
by plain SQL and does nothing with them; both take turns.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[3]))

import msgspec

from domain.facts import API, Fact
from domain.outcomes import OutcomeHarvested
from domain.pilots import (
    Decision,
    LessonLearned,
    PilotConsentGiven,
    PilotDecided,
    PilotObservationRecorded,
    PilotProposed,
)
from domain.records import EventCorrected
from domain.vocabulary import (
    ActorId,
    Decimal,
    InitiativeId,
    LessonId,
    Narrative,
    NisCode,
    OutcomeId,
    PilotId,
    Position,
    UserId,
)
from projections.pilots import VIEW
from projections.travel import Moment
from service.api.travel import moment_in, thing_then
from service.clock import StoryClock, system_clock
from service.database import open_pool
from service.embedded import EmbeddedPostgres
from service.ids import new_id
from service.log.draft import tag_hash
from service.log.reading import position_at
from service.log.store import AppendRequest, EventLog, Pool
from service.serving import collect_seldom
from tests.bench.parts.figures import Figure, report

EVENTS: Final = 1000
READS: Final = 300
QUICK_READS: Final = 60
GOAL_MS: Final = 20.0
BEGIN: Final = datetime(2021, 1, 4, 9, tzinfo=UTC)
TEXT: Final = (
    "Elke straat kiest zelf een plukdag en een trekker; wie een boom heeft, vertelt wanneer het "
    "fruit rijp is, en samen kiezen ze naar wie een derde gaat."
)
CONTROL: Final = """
    select e.position, e.leaf, v.pointer, v.locked from event_tag t
    join event e using (position) left join vault v using (position)
    where t.tag = %s order by e.position
"""


def life(pilot: PilotId) -> Iterator[Fact]:
    """A pilot's events: of ten, six observations, two decisions, a lesson, an outcome.

    Every fiftieth is a correction of an observation before it.
    """
    initiative, place = InitiativeId(new_id("initiative")), NisCode("44083")
    people = [ActorId(new_id("actor")) for _ in range(8)]
    about: dict[str, Any] = {"pilot": pilot, "initiative": initiative, "municipality": place}
    text = Narrative(TEXT)
    yield PilotProposed(
        **about,
        title=Narrative("Meters en peters"),
        hypothesis=text,
        aim=text,
        partners=tuple(people[:2]),
        starts_on=date(2021, 2, 1),
        ends_on=date(2026, 1, 31),
    )
    yield PilotConsentGiven(pilot=pilot, initiative=initiative, initiator=people[2])
    observed: dict[int, PilotObservationRecorded] = {}
    for number in range(3, EVENTS + 1):
        match number % 10:
            case 0 if number % 50 == 0:
                position, fact = max(observed.items())
                yield EventCorrected(
                    position=Position(position),
                    becomes=msgspec.structs.replace(fact, value=Decimal("31")),
                    happened_at=BEGIN + timedelta(days=position),
                    reason=Narrative("Twee cijfers omgewisseld."),
                )
            case 0:
                yield OutcomeHarvested(
                    outcome=OutcomeId(new_id("outcome")),
                    pilot=pilot,
                    initiative=initiative,
                    municipality=place,
                    description=text,
                    significance=text,
                    contribution=text,
                    sources=(text,),
                    harvested_by=people[3],
                )
            case 1 | 6:
                yield PilotDecided(
                    **about,
                    decision=Decision.APPROVE if number < 12 else Decision.ADJUST,
                    deciders=tuple(people[4:6]),
                    motivation=text,
                    evidence=(Position(number - 1),),
                )
            case 3:
                yield LessonLearned(
                    **about,
                    lesson=LessonId(new_id("lesson")),
                    learnt=text,
                    evidence=(Position(number - 1),),
                    learnt_by=tuple(people[6:]),
                )
            case _:
                fact = observed[number] = PilotObservationRecorded(
                    **about,
                    indicator=Narrative("Huizen die meedoen"),
                    value=Decimal(str(number)),
                    unit=Narrative("huizen"),
                )
                yield fact


def lived(log: EventLog, clock: StoryClock) -> PilotId:
    """A pilot whose events are recorded one a day; every seventh happened a month before."""
    pilot = PilotId(new_id("pilot"))
    first = log.head()
    for number, fact in enumerate(life(pilot), start=1):
        day = BEGIN + timedelta(days=number)
        clock.stand_at(day)
        log.append(
            AppendRequest(
                thing=pilot,
                facts=(fact,),
                occurred_at=day - timedelta(days=30 if number % 7 == 0 else 0),
                recorded_by=UserId("user_bench"),
                source=API,
                request_id="bench",
            )
        )
    clock.release()
    assert log.head() - first == EVENTS
    return pilot


class Travels:
    """Looks back at one pilot."""

    def __init__(self, pool: Pool, log: EventLog, pilot: PilotId) -> None:
        self._pool = pool
        self._log = log
        self._pilot = pilot
        self._dice = random.Random(7)  # noqa: S311 - which moments, no secret

    def look(self, *, as_of: bool, known_at: bool) -> float:
        """How many milliseconds one look takes."""
        text = f"{(BEGIN + timedelta(days=self._dice.randrange(40, EVENTS))).date()}"
        began = time.perf_counter()
        now = system_clock()
        position = None
        if known_at:
            with self._pool.connection() as connection:
                position = position_at(connection, moment_in(text, "knownAt", now))
        at = moment_in(text, "asOf", now) if as_of else None
        row = thing_then(self._log, VIEW, self._pilot, Moment(known=position, as_of=at))
        answer = msgspec.json.encode(row)
        taken = (time.perf_counter() - began) * 1000
        assert self._pilot.encode() in answer
        return taken

    def control(self) -> float:
        began = time.perf_counter()
        with self._pool.connection() as connection:
            rows = connection.execute(CONTROL, [tag_hash(self._pilot)]).fetchall()
        taken = (time.perf_counter() - began) * 1000
        assert len(rows) >= EVENTS
        return taken


def figure(
    name: str, look: Callable[[], float], control: Callable[[], float], reads: int
) -> Figure:
    pairs = [(control(), look()) for _ in range(reads)]
    slow = statistics.quantiles([mine for _, mine in pairs], n=20)[-1]
    bare = statistics.quantiles([theirs for theirs, _ in pairs], n=20)[-1]
    return Figure(
        figure=f"pilot of {EVENTS:,} events {name}, p95",
        value=round(slow, 1),
        unit="ms",
        control=round(bare, 1),
        ratio=round(statistics.median(mine / theirs for theirs, mine in pairs), 2),
        goal=f"<= {GOAL_MS:.0f}",
        met=slow <= GOAL_MS,
    )


def travelling(pool: Pool, log: EventLog, pilot: PilotId, *, quick: bool) -> Iterator[Figure]:
    """The figures, of a pilot that lived in this log."""
    travels, reads = Travels(pool, log, pilot), QUICK_READS if quick else READS
    for name, as_of, known_at in (
        ("by asOf", True, False),
        ("by knownAt", False, True),
        ("by both", True, True),
    ):
        yield figure(
            name,
            lambda as_of=as_of, known_at=known_at: travels.look(as_of=as_of, known_at=known_at),
            travels.control,
            reads,
        )


def measure(*, quick: bool) -> Iterator[Figure]:
    clock = StoryClock()
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        url = stack.enter_context(EmbeddedPostgres(Path(name) / "data")).dsn
        pool = stack.enter_context(open_pool(url))
        log = stack.enter_context(closing(EventLog(pool, bytes(range(32)), clock)))
        log.check_secret()
        pilot = lived(log, clock)
        # As the service does before it answers.
        collect_seldom()
        yield from travelling(pool, log, pilot, quick=quick)


if __name__ == "__main__":
    report(__doc__, lambda asked: measure(quick=asked.quick))
