"""`aanzet grant`: a role for the service that can add to the log and change nothing in it."""

import rich_click as click
from psycopg import errors

from service.database import open_pool
from service.log.rights import NotTheOwner, grant_to
from service.settings import read_settings


@click.command
@click.argument("role")
def grant(role: str) -> None:
    """Let ROLE of the database add to the log and read it, but change nothing that was recorded.

    Run by the owner of the database, who AANZET_DATABASE_URL then names; once, and again after each
    upgrade. The service itself runs as ROLE.
    """
    settings = read_settings()
    if settings.database_url is None:
        raise click.UsageError(
            "PostgreSQL in the data folder has one role, the service's; name a server in "
            "AANZET_DATABASE_URL."
        )
    try:
        with open_pool(settings.database_url) as pool, pool.connection() as connection:
            grant_to(connection, role)
    except errors.UndefinedObject:
        raise click.ClickException(f"The database has no role {role!r}.") from None
    except (NotTheOwner, errors.InsufficientPrivilege):
        raise click.ClickException(
            "Only the owner of the tables can do this, who is a member of the role as well."
        ) from None
    click.echo(f"{role} may add to the log and read it, and change nothing in it.")
