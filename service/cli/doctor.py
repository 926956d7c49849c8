"""`aanzet doctor`: whether all is well, and whether the views are what the log says."""

from collections.abc import Iterator, Sequence

import rich_click as click
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from projections.catalogue import VIEWS
from projections.checking import Verdict, check
from projections.folding import Unfoldable
from projections.rebuilding import leftovers
from service.cli.showing import progress_bar
from service.log.schema import MIGRATIONS
from service.running import Following, Service, at_hand, service_on
from service.settings import read_settings
from service.standing import Standing, standing
from service.writing_down import write_down


@click.command
@click.option("--views", is_flag=True, help="Fold the whole log anew, and compare every row.")
def doctor(*, views: bool) -> int:
    """Look at the database, the log and the views, and say how they are.

    Exit code 1 if something is wrong.
    """
    settings = read_settings()
    write_down("warning" if settings.log_level == "info" else settings.log_level)
    try:
        with at_hand(settings) as url, service_on(url, settings) as service:
            wrong = [*_look(service), *(_compare(service) if views else ())]
    except (OperationalError, PoolTimeout):
        raise click.ClickException("The database does not answer.") from None
    for sentence in wrong:
        click.echo(f"Wrong: {sentence}")
    click.echo("Something is wrong." if wrong else "All is well.")
    return 1 if wrong else 0


def _look(service: Service) -> Iterator[str]:
    """Say how all stands; gives back what is wrong."""
    with service.pool.connection() as connection:
        version = connection.info.server_version
        now = standing(connection, VIEWS, service.clock())
        left = leftovers(connection)
        row = connection.execute("select count(*), max(position) from event").fetchone()
    click.echo(f"Database: PostgreSQL {version // 10000}.{version % 10000}.")
    click.echo(f"Schema: version {len(MIGRATIONS)}.")
    events, last = (row[0], row[1] or 0) if row else (0, 0)
    click.echo(f"Log: {events} events.")
    # Those that came between the two looks are no gap.
    if events != last or last < now.head:
        yield f"The log ends at {max(last, now.head)} and holds {events} events."
    for table in left:
        click.echo(f"Left by a rebuild that was broken off: {table}; dropped at the next start.")
    yield from _views(now)


def _views(now: Standing) -> Iterator[str]:
    behind = [lag for lag in now.views if lag.events]
    click.echo(f"Views: {len(now.views)}, {len(behind)} behind the log.")
    for lag in behind:
        click.echo(f"  {lag.view}: {lag.events} events, {lag.seconds:.1f} s.")
    if now.waits_at:
        yield f"All views wait. {now.waits_at}"
    for report in now.parked:
        where = f" at {report.position} ({report.type})" if report.position else ""
        yield (
            f"The view {report.view!r} stands still since {report.parked_at:%Y-%m-%d %H:%M}Z: "
            f"{report.error}{where}."
        )


def _compare(service: Service) -> Iterator[str]:
    with progress_bar() as bar:
        task = bar.add_task("Views", total=service.log.head())
        try:
            verdicts = check(
                service.pool,
                Following(service.log),
                VIEWS,
                lambda position: bar.update(task, completed=position),
            )
        except Unfoldable as error:
            yield f"The event at {error.position} ({error.type}) cannot be folded."
            return
    rows = sum(verdict.rows for verdict in verdicts)
    click.echo(f"Compared: {rows} rows of {len(verdicts)} views.")
    yield from _told(verdicts)


def _told(verdicts: Sequence[Verdict]) -> Iterator[str]:
    for verdict in verdicts:
        for one in verdict.differences:
            since = f"differs from {one.position} on" if one.position else "is told by no event"
            yield f"{one.view} {one.key} {since}."
        if (others := verdict.differing - len(verdict.differences)) > 0:
            yield f"{others} more rows of {verdict.view}."
