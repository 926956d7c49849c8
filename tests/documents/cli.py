"""docs/cli.md: the help of every command."""

from collections.abc import Iterator
from typing import Final

import click

from service.cli import cli
from tests.documents import markdown

ABOUT: Final = """\
What goes wrong and can be mended is said in one sentence, with exit code 2. Settings come from the
environment: see [settings](settings.md)."""
WIDTH: Final = 96


def page() -> str:
    return markdown.page("The command line", ABOUT, *_helps(cli, "aanzet", None))


def _helps(command: click.Command, name: str, parent: click.Context | None) -> Iterator[str]:
    context = command.make_context(name, [], parent=parent, resilient_parsing=True)
    yield f"## {context.command_path}\n\n```text\n{_help(command, context)}\n```"
    if isinstance(command, click.Group):
        for each in sorted(command.commands):
            yield from _helps(command.commands[each], each, context)


def _help(command: click.Command, context: click.Context) -> str:
    """The help as plain click would write it: the same words, without colours and boxes."""
    formatter = click.HelpFormatter(width=WIDTH)
    click.Command.format_usage(command, context, formatter)
    click.Command.format_help_text(command, context, formatter)
    click.Command.format_options(command, context, formatter)
    return formatter.getvalue().rstrip()
