"""Generate the load data, keep it where it is asked for, and replay it under every rule."""

import argparse
import sys
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import structs
from rich.console import Console
from rich.progress import track
from rich.table import Table

from domain.conversations import FACTS
from domain.facts import Recorded, stored_name
from domain.refusals import Refusal
from domain.register import municipalities
from service.cli import SAID_TO_OPERATORS
from service.clock import StoryClock
from service.running import database, service_on
from service.settings import Settings, read_settings
from tests.load.loading import NotEmpty, digest, lines, load, stored
from tests.load.people import TOWNS
from tests.load.replay import Replayed, replay
from tests.load.years import Told, generate

CONSOLE: Final = Console()
WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def main() -> int:
    asked = _arguments()
    told = Told()
    try:
        with _timed("generated", asked.events):
            events = list(_shown(generate(asked.seed, asked.events, told), asked.events))
        if asked.ndjson:
            with asked.ndjson.open("wb") as file:
                file.writelines(lines(events))
        if asked.database or asked.data:
            found = _through_a_database(events, _settings(asked))
        else:
            with _timed("checked", len(events)):
                found = replay(events)
    except (*SAID_TO_OPERATORS, NotEmpty, ValueError, OSError) as error:
        sys.stderr.write(f"load: {error}\n")
        return 2
    CONSOLE.print(f"digest {digest(events)}")
    _tell(found, told)
    return 0 if _as_promised(found) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--events", type=int, default=200_000, help="at least so many")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same events")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--database", metavar="URL", help="an empty database to load them into")
    where.add_argument("--data", metavar="FOLDER", type=Path, help="or a folder for PostgreSQL")
    parser.add_argument("--ndjson", metavar="FILE", type=Path, help="write a line an event")
    return parser.parse_args()


def _settings(asked: argparse.Namespace) -> Settings:
    known = read_settings()
    if asked.data:
        return structs.replace(known, data=asked.data.absolute(), database_url=None)
    return structs.replace(known, database_url=asked.database)


def _through_a_database(events: list[Recorded], settings: Settings) -> Replayed:
    """Load them, and replay what the database holds then."""
    clock = StoryClock()
    with database(settings) as url, service_on(url, settings, clock) as service:
        with _timed("loaded", len(events)):
            load(service.log, clock, _shown(events, len(events)))
        with _timed("read back and checked", len(events)):
            return replay(_shown(stored(service.log), len(events)))


def _shown(events: Iterable[Recorded], many: int) -> Iterable[Recorded]:
    return track(
        events, total=many, console=CONSOLE, transient=True, disable=not sys.stdout.isatty()
    )


@contextmanager
def _timed(what: str, events: int) -> Generator[None]:
    began, worked = time.perf_counter(), time.process_time()
    yield
    took, worked = time.perf_counter() - began, time.process_time() - worked
    CONSOLE.print(
        f"{what}: {took:.1f} s, {events / took:,.0f} events/s; of it {worked:.1f} s of this process"
    )


def _tell(found: Replayed, told: Told) -> None:
    rules: dict[object, int] = {}
    for refusal, many in told.refused.items():
        rule = f"rule {refusal.RULE}" if issubclass(refusal, Refusal) else "unknown thing"
        rules[rule] = rules.get(rule, 0) + many
    names = municipalities()
    _table("type of event", dict(found.types.most_common()), found.events)
    _table("year", dict(sorted(found.years.items())), found.events)
    _table("month", dict(sorted(found.months.items())), found.events)
    _table("weekday", {WEEKDAYS[d]: n for d, n in sorted(found.weekdays.items())}, found.events)
    _table(
        "municipality, first pilot",
        {
            f"{nis} {place.name}, {found.pilots[nis]:%Y-%m-%d}" if nis in found.pilots else nis: n
            for nis, n in sorted(found.municipalities.items())
            if (place := names[nis])  # pyright: ignore[reportArgumentType]
        },
        found.events,
    )
    _table("decision", dict(found.decisions.most_common()), found.decisions.total())
    _table("refused under", dict(sorted(rules.items(), key=str)), told.asked)
    _table("refusal", {r.__name__: n for r, n in told.refused.most_common()}, told.asked)
    CONSOLE.print(
        f"{found.events:,} events of {told.asked:,} commands; {told.refused.total():,} refused; "
        f"{found.late:,} written down more than three days late, {found.behind:,} dated before "
        f"what stands earlier in the log, {found.out_of_order} imported out of order"
    )
    days = sorted(lasted.days for lasted in found.lasted)
    median, long = (days[round((len(days) - 1) * part)] for part in (0.5, 0.95))
    steps = found.types["request.handled"] / found.types["request.received"]
    CONSOLE.print(
        f"{found.sittings:,} moments of writing down; a support request has {steps:.1f} steps and "
        f"lasts {median} days (median; one in twenty more than {long})"
    )
    missing = {stored_name(fact) for fact in FACTS} - found.types.keys()
    CONSOLE.print(f"types of event that are missing: {', '.join(sorted(missing)) or 'none'}")
    CONSOLE.print(f"municipalities with a pilot: {len(found.pilots)} of {TOWNS}")
    CONSOLE.print(f"out of place in the log: {len(found.out_of_place)}")
    CONSOLE.print(f"rules broken: {len(found.broken)}")
    for broken in found.broken[:20]:
        CONSOLE.print(f"  event {broken.position}, rule {broken.rule}: {broken.why}")


def _table(title: str, counts: dict[str, int] | dict[object, int], whole: int) -> None:
    table = Table(title, "events" if "refus" not in title else "commands", "%")
    for name, many in counts.items():
        table.add_row(str(name), f"{many:,}", f"{100 * many / max(whole, 1):.2f}")
    CONSOLE.print(table)


def _as_promised(found: Replayed) -> bool:
    kinds = len(found.types) == len(FACTS)
    return kinds and len(found.pilots) == TOWNS and not (found.broken or found.out_of_place)


if __name__ == "__main__":
    sys.exit(main())
