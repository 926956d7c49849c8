"""`aanzet serve`: the service, on the embedded PostgreSQL or a configured server."""

import rich_click as click
from msgspec import structs

from service.running import database, service_on
from service.serving import listening, serve_until_told
from service.settings import port, read_settings
from service.writing_down import write_down


@click.command
@click.option("--host", metavar="ADDRESS", help="Address to listen on (default 127.0.0.1).")
@click.option("--port", "port_text", metavar="PORT", help="Port to listen on (default 8000).")
@click.option(
    "--projector/--no-projector",
    default=True,
    help="Whether this process keeps the views too (default), or leaves it to 'aanzet project'.",
)
def serve(host: str | None, port_text: str | None, *, projector: bool) -> None:
    """Start the service, and PostgreSQL with it unless AANZET_DATABASE_URL names a server."""
    settings = read_settings()
    if host:
        settings = structs.replace(settings, host=host)
    if port_text:
        settings = structs.replace(settings, port=port(port_text, "--port"))
    write_down(settings.log_level)
    with (
        listening(settings.host, settings.port) as listener,
        database(settings) as url,
        service_on(url, settings) as service,
    ):
        where = f"http://{settings.host}:{settings.port}"
        click.echo(f"Aanzet listens on {where} (docs: {where}/docs). Ctrl-C stops it.", err=True)
        serve_until_told(service, listener, projector=projector)
