"""`aanzet export`: what evaluators take along, out of a database that is at hand."""

import os
import sys
from contextlib import closing
from datetime import datetime
from functools import partial

import rich_click as click
from psycopg import OperationalError

from domain.days import BRUSSELS
from domain.register import municipalities
from projections.exports import FORMATS, NotInstalled
from projections.learning import Kind
from projections.timeline import FIELDS, Wanted, lines
from service.log.connecting import own_connection
from service.running import at_hand, service_on
from service.settings import read_settings
from service.writing_down import write_down


@click.group
def export() -> None:
    """Write what was recorded as a file for other programs."""


@export.command
@click.option("--format", "form", type=click.Choice(tuple(FORMATS)), default="csv")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice([kind.value for kind in Kind]),
    multiple=True,
    help="May be repeated.",
)
@click.option("--initiative", metavar="ID")
@click.option("--pilot", metavar="ID")
@click.option("--municipality", metavar="NIS", help="With those that merged into it.")
@click.option(
    "--province", type=click.Choice(sorted({m.province for m in municipalities().values()}))
)
@click.option("--theme", metavar="THEME")
@click.option("--year", type=click.IntRange(1, 9999))
@click.option("--from", "since", type=click.DateTime(["%Y-%m-%d"]), help="That day, and later.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Before that day.")
@click.option("--q", metavar="WORDS", help="Words in Dutch.")
def learning(form: str, kinds: tuple[str, ...], **asked: str | int | datetime | None) -> None:
    """Write the learning timeline to standard output. People have pseudonyms in it."""
    settings = read_settings()
    write_down("warning" if settings.log_level == "info" else settings.log_level)
    if sys.stdout.isatty() and form == "parquet":
        raise click.UsageError("A Parquet file is for a file: add > learning.parquet.")
    days = {name: _day(value) for name, value in asked.items() if isinstance(value, datetime)}
    named = tuple(Kind(kind) for kind in kinds)
    wanted = Wanted(kinds=named, **(asked | days))  # pyright: ignore[reportArgumentType]
    try:
        with at_hand(settings) as url, service_on(url, settings) as service:
            service.projector.catch_up()
            with closing(own_connection(service.pool)) as connection:
                for part in FORMATS[form].parts(connection, partial(lines, wanted), FIELDS):
                    sys.stdout.buffer.write(part)
                sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever reads has enough; what Python would still flush has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except NotInstalled as error:
        raise click.ClickException(str(error)) from None
    except OperationalError:
        raise click.ClickException("The database went away; what was written is not all.") from None


def _day(day: datetime) -> datetime:
    """The beginning of a day in Brussels."""
    return day.replace(tzinfo=BRUSSELS)
