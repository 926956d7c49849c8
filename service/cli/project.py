"""`aanzet project`: the projector as a process of its own."""

import signal

import rich_click as click

from service.running import attached, service_on
from service.settings import read_settings
from service.writing_down import write_down


@click.command
def project() -> None:
    """Keep the views up to date, beside services that leave it to this process."""
    settings = read_settings()
    write_down(settings.log_level)
    with service_on(attached(settings), settings) as service:

        def stop(*_: object) -> None:
            service.projector.tell_to_stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        click.echo("The projector runs. Ctrl-C stops it.", err=True)
        service.projector.run()
