"""The command line: `aanzet COMMAND`. What goes wrong is said in one sentence, exit code 2."""

import sys
from typing import Final

import rich_click as click

from projections.rebuilding import RebuiltElsewhere
from service.cli.demo import demo
from service.cli.doctor import doctor
from service.cli.exporting import export
from service.cli.grant import grant
from service.cli.importing import import_
from service.cli.project import project
from service.cli.rebuild import rebuild
from service.cli.replay import replay
from service.cli.serve import serve
from service.cli.token import token
from service.data_folder import DataFolderError
from service.database import DatabaseUnusable
from service.imports.mapping import MappingWrong
from service.log.store import WrongSecret
from service.running import NeverStarted, NotRunning
from service.settings import SettingWrong

SAID_TO_OPERATORS: Final = (
    DatabaseUnusable,
    DataFolderError,
    MappingWrong,
    NeverStarted,
    NotRunning,
    RebuiltElsewhere,
    SettingWrong,
    WrongSecret,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="aanzet", message="aanzet %(version)s")
def cli() -> None:
    """Aanzet keeps the cases of BurgersAanZet: every step an event, every history traceable."""


for command in (demo, serve, project, rebuild, doctor, grant, token, import_, export, replay):
    cli.add_command(command)


def say(sentence: str) -> None:
    """Tell the operator what is wrong, on one line."""
    sentence = " ".join(sentence.split())
    click.echo(f"aanzet: {sentence}{'' if sentence.endswith(('.', '?')) else '.'}", err=True)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; a sentence and exit code 2 for what the operator can mend."""
    try:
        code = cli.main(arguments, prog_name="aanzet", standalone_mode=False)
    except click.ClickException as error:
        say(error.format_message())
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except SAID_TO_OPERATORS as error:
        say(str(error))
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)
