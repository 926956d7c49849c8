"""`aanzet import`: lines of a file into the log."""

from pathlib import Path

import rich_click as click
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from service.cli.showing import progress_bar
from service.commands import Contended
from service.imports.importing import import_lines
from service.imports.lines import reading
from service.imports.mapping import read_mapping
from service.running import at_hand, service_on
from service.settings import read_settings
from service.writing_down import write_down


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--mapping",
    "mapping_file",
    required=True,
    metavar="MAPPING.toml",
    type=click.Path(path_type=Path),
    help="What the lines mean; see docs/imports.",
)
@click.option("--dry-run", is_flag=True, help="Decide everything, report it, and store nothing.")
def import_(file: Path, mapping_file: Path, *, dry_run: bool) -> int:
    """Record what the lines of FILE say (CSV or NDJSON, also compressed as .gz).

    A second run records nothing twice. Exit code 1 if a line was refused.
    """
    settings = read_settings()
    # A line for each command is for programs; here somebody looks at a progress bar.
    write_down("warning" if settings.log_level == "info" else settings.log_level)
    mapping = read_mapping(mapping_file)
    try:
        with (
            reading(file, mapping) as lines,
            at_hand(settings) as url,
            service_on(url, settings) as service,
            progress_bar() as bar,
        ):
            task = bar.add_task("Lines", total=lines.size)
            report = import_lines(
                service,
                lines,
                mapping,
                dry_run=dry_run,
                progress=lambda done: bar.update(task, completed=done),
            )
            if not dry_run:
                bar.add_task("Views", total=None)
                # So that it can be read at once, also where no service keeps them up to date.
                service.projector.catch_up()
    except (Contended, OperationalError, PoolTimeout):
        raise click.ClickException(
            "The database could not take it all; run the import again, and it goes on from there."
        ) from None
    if dry_run:
        click.echo("A dry run: nothing was stored.")
    for line in report.told():
        click.echo(line)
    return 1 if report.refused else 0
