"""`aanzet replay`: the life of a pilot, step by step, for who looks back at it."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any, Final, cast

import msgspec
import rich_click as click
from msgspec import UNSET
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from rich.padding import Padding
from rich.text import Text

from domain.days import BRUSSELS
from domain.vocabulary import UserId
from projections.replay import Change, Comparison, NotKnown, Step, Told
from projections.sentences import named
from service.api.bodies import InputWrong
from service.api.histories import known_names
from service.api.travel import moment_in, past_of, sees
from service.cli.terminal import plain_console
from service.ids import is_id
from service.log.reading import position_at
from service.replaying import Replay
from service.running import Service, attached, service_on
from service.settings import read_settings
from service.signin import Caller, Role
from service.writing_down import write_down

STEPS: Final = 50
_ID: Final = re.compile(rb'"((?:actor|initiative)_[0-7][0-9a-z]{25})"')
AUDITOR: Final = Caller(user=UserId("user_replay"), roles=frozenset({Role.AUDITOR}))
"""Who may read the database directly may read everything in it."""


class NoReplay(click.ClickException):
    """There is nothing to replay; says why."""


@click.command
@click.argument("pilot")
@click.option("--at", metavar="DAY", help="Begin with the last step recorded by the end of a day.")
@click.option(
    "--compare",
    nargs=2,
    metavar="DAY DAY",
    help="Compare how it was known at the end of two days, with the steps in between.",
)
@click.option("--after", type=click.IntRange(min=0), default=0, help="Begin after a position.")
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    default=STEPS,
    show_default=True,
    help="How many steps to show at most.",
)
@click.option("--english", is_flag=True, help="Sentences in English instead of Dutch.")
def replay(
    pilot: str,
    at: str | None,
    compare: tuple[str, str] | None,
    after: int,
    steps: int,
    *,
    english: bool,
) -> None:
    """Replay PILOT step by step, as it was known at each.

    Each step shows what happened, what it changed, on which grounds it was decided, and what was
    recorded or corrected only later. A DAY is a day such as 2024-03-01, or a moment with its time
    zone.
    """
    if not is_id(pilot, "pilot"):
        raise click.BadParameter(
            "a pilot's id starts with pilot_ and goes on with 26 letters and digits.",
            param_hint="PILOT",
        )
    if bool(at) + bool(compare) + bool(after) > 1:
        raise click.UsageError("Use one of --at, --compare and --after.")
    now = datetime.now(UTC)
    moments = [_moment(day, option, now) for day, option in _days(at, compare)]
    settings = read_settings()
    write_down("warning")
    try:
        with service_on(attached(settings), settings) as service:
            Showing(service, pilot, "en" if english else "nl").show(moments, after, steps)
    except (OperationalError, PoolTimeout):
        raise click.ClickException("The database could not be read; please try again.") from None


def _days(at: str | None, compare: tuple[str, str] | None) -> list[tuple[str, str]]:
    return [(at, "--at")] if at else [(day, "--compare") for day in compare or ()]


def _moment(text: str, option: str, now: datetime) -> datetime:
    try:
        return moment_in(text, option, now)
    except InputWrong as wrong:
        raise click.BadParameter(str(wrong), param_hint=option) from None


class Showing:
    """One replay on the terminal."""

    def __init__(self, service: Service, pilot: str, language: str) -> None:
        past = past_of(service.log, (pilot,))
        if not past:
            raise NoReplay(f"There is no pilot {pilot}.")
        self._service = service
        self._end = past[-1].position
        self._replay = Replay(service.log, pilot, past, partial(sees, AUDITOR))
        self._language = language
        self._console = plain_console()
        self._names: dict[str, str] = {}

    def show(self, moments: Sequence[datetime], after: int, most: int) -> None:
        """Nothing named: from a position on. One moment: from the step then. Two: in between."""
        with self._service.pool.connection() as connection:
            places = [position_at(connection, moment) for moment in moments]
        until = self._end
        if len(places) == 1:
            after = self._last(places[0]) - 1
        elif places:
            after, until = sorted(places)
            self._last(until)
            self._compare(after, until)
        self._steps(after, until, most)

    def _last(self, position: int) -> int:
        last = self._replay.last(position)
        if last is None:
            raise NoReplay("The pilot did not exist by then.")
        return last

    def _compare(self, before: int, after: int) -> None:
        found = self._named(self._replay.compared(before, after), Comparison)
        self._say("What differs between the two days", "bold")
        self._changed(found.changed)
        self._say("\nThe pilot on the later day", "bold")
        self._state(msgspec.json.decode(found.after))
        self._say("\nWhat was recorded in between", "bold")

    def _steps(self, after: int, until: int, most: int) -> None:
        shown = after
        for step in islice(self._replay.after(after), most):
            if step.position > until:
                return
            self._step(self._named(step, Step))
            shown = step.position
        if self._replay.last(until) != shown:
            self._say(f"\nThere is more: go on with --after {shown}", "bold")

    def _named(self, told: Any, kind: Any) -> Any:  # noqa: ANN401 - whatever is shown
        doc = msgspec.json.encode(told)
        # Ids that stand in the state itself are no tokens; here they are for people to read.
        ids = b"".join(b"{%b}" % found for found in _ID.findall(doc))
        with self._service.pool.connection() as connection:
            self._names |= known_names(connection, [doc, ids], AUDITOR)
        return msgspec.json.decode(named(doc, self._names), type=kind)

    def _step(self, step: Step) -> None:
        self._say(f"\n#{step.position}  {_when(step.occurred_at)}  {step.type}", "bold")
        self._say(getattr(step.sentence, self._language))
        if _day(step.recorded_at) != _day(step.occurred_at):
            self._say(f"recorded on {_when(step.recorded_at)}", "yellow")
        behalf = "" if step.on_behalf_of is UNSET else f" on behalf of {step.on_behalf_of.name}"
        self._say(f"recorded by {step.recorded_by}{behalf}", "dim")
        if step.grounds is not UNSET:
            self._say("by " + ", ".join(by.name for by in step.grounds.by))
            self._say(f"because: {msgspec.json.decode(step.grounds.reason)}")
            for condition in msgspec.json.decode(step.grounds.conditions or b"[]"):
                self._say(f"on condition: {condition}")
            self._told("resting on", step.grounds.evidence)
        self._changed(step.changed)
        self._not_known(step.not_known)
        self._state(msgspec.json.decode(step.state))

    def _told(self, what: str, events: Sequence[Told]) -> None:
        for event in events:
            said = "" if event.sentence is UNSET else getattr(event.sentence, self._language)
            self._say(f"{what} #{event.position}: {said}")

    def _changed(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.before is not UNSET and change.after is not UNSET:
                before, after = self._plain(change.before), self._plain(change.after)
                self._say(f"{change.field}: {before} → {after}", "green")
            for sign, items in (("-", change.removed), ("+", change.added)):
                for item in items or ():
                    self._say(f"{change.field} {sign} {self._plain(item)}", "green")

    def _not_known(self, not_known: NotKnown) -> None:
        self._told("not known yet:", not_known.late)
        self._told("corrected later:", not_known.corrections)

    def _state(self, state: Mapping[str, Any] | None) -> None:
        self._say(_summary(state) if state else "It did not exist yet.", "dim")

    def _plain(self, value: Any) -> str:  # noqa: ANN401 - any JSON
        """A value for people: of an object its fields, without quotes and brackets."""
        return self._said(msgspec.json.decode(value))

    def _said(self, value: Any) -> str:  # noqa: ANN401 - any JSON
        if isinstance(value, dict):
            held = cast("dict[str, Any]", value)
            return ", ".join(f"{name} {self._said(it)}" for name, it in held.items() if it)
        if isinstance(value, list):
            return " and ".join(map(self._said, cast("list[Any]", value)))
        return self._names.get(str(value), str(value)) if value else "nothing"

    def _say(self, text: str, style: str = "") -> None:
        indent = 0 if style == "bold" else 4
        self._console.print(Padding(Text(text, style), (0, 0, 0, indent)))


def _summary(state: Mapping[str, Any]) -> str:
    """Where the pilot stands, on one line: what it holds many of is counted."""
    counts = [f"{len(value)} {name}" for name, value in state.items() if isinstance(value, list)]
    period = f"{state.get('startsOn')} to {state.get('endsOn')}"
    return f"→ {state.get('status')}, {period}: {', '.join(counts)}"


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(BRUSSELS):%Y-%m-%d %H:%M}"


def _day(moment: datetime) -> str:
    return _when(moment)[:10]
