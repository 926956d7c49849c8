"""`aanzet rebuild`: views filled anew from the log, while they are read."""

from collections.abc import Sequence

import rich_click as click
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from domain.facts import Undecodable
from projections.catalogue import VIEWS, view
from projections.folding import Unfoldable
from projections.rebuilding import rebuild as fill
from projections.view import View
from service.cli.showing import progress_bar
from service.running import Following, Service, at_hand, service_on
from service.settings import read_settings
from service.writing_down import write_down


@click.command
@click.argument("name", metavar="VIEW", required=False)
@click.option("--all", "every", is_flag=True, help="All views, one after another.")
def rebuild(name: str | None, *, every: bool) -> None:
    """Fill VIEW anew from the whole log.

    It is filled beside the one that is read and kept meanwhile, and takes its place in one go.
    A view that stood still is kept again from then on.
    """
    views = _asked(name, every=every)
    settings = read_settings()
    write_down("warning" if settings.log_level == "info" else settings.log_level)
    try:
        with at_hand(settings) as url, service_on(url, settings) as service:
            for each in views:
                _rebuild(service, each)
    except (OperationalError, PoolTimeout):
        raise click.ClickException(
            "The database went away; views that were not done are as they were."
        ) from None


def _asked(name: str | None, *, every: bool) -> Sequence[View]:
    if every == (name is not None):
        raise click.UsageError("Name a view, or say --all.")
    if name is None:
        return VIEWS
    try:
        return [view(name)]
    except KeyError:
        known = ", ".join(each.name for each in VIEWS)
        raise click.UsageError(f"There is no view {name!r}; there are {known}.") from None


def _rebuild(service: Service, each: View) -> None:
    with progress_bar() as bar:
        task = bar.add_task(each.name, total=service.log.head())
        try:
            fill(
                service.pool,
                Following(service.log),
                each,
                lambda position: bar.update(task, completed=position),
            )
        except Unfoldable as error:
            raise click.ClickException(
                f"The view {each.name!r} cannot take the event at {error.position} ({error.type}: "
                f"{type(error.__cause__).__name__}); it is as it was."
            ) from None
        except Undecodable as error:
            raise click.ClickException(f"{error} The view {each.name!r} is as it was.") from None
    click.echo(f"{each.name}: filled anew.")
