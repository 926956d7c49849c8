"""What the service's role may do, where another role owns the database."""

from typing import Final, LiteralString

from psycopg import Connection, sql
from psycopg.rows import TupleRow

_ADDED_TO: Final[tuple[LiteralString, ...]] = ("event", "event_tag", "outcome", "secret_mark")
_RIGHTS: Final[tuple[LiteralString, ...]] = (
    *(f"select, insert on {table}" for table in _ADDED_TO),
    # Erasure deletes values and their key.
    "select, insert, delete on vault, vault_key, document",
    "select on schema_version",
)


class NotTheOwner(Exception):  # noqa: N818 - said to the operator as a sentence
    """Who grants does not own the log; PostgreSQL itself only warns then."""


def grant_to(connection: Connection[TupleRow], role: str) -> None:
    """Let a role append and read, and keep views, but change nothing that was recorded.

    Run by the owner of the tables, once they are there. The views' tables are made by whoever
    runs the service first; those that the owner made are handed to the role.

    Raises:
        NotTheOwner: if another role owns the tables.
    """
    name = sql.Identifier(role)
    with connection.transaction():
        connection.execute("set local search_path = aanzet")
        owned = connection.execute(
            "select pg_has_role(relowner, 'usage') from pg_class where oid = 'event'::regclass"
        ).fetchone()
        if owned != (True,):
            raise NotTheOwner
        connection.execute(sql.SQL("grant usage, create on schema aanzet to {}").format(name))
        for right in _RIGHTS:
            connection.execute(sql.SQL("grant " + right + " to {}").format(name))
        views = connection.execute(
            # The name of a version that is not filled yet is an SQL view.
            "select relname from pg_class where relnamespace = 'aanzet'::regnamespace"
            " and relkind in ('r', 'v') and (relname in ('view_position', 'view_parked')"
            " or relname in (select view from view_position))"
        ).fetchall()
        for (view,) in views:
            connection.execute(
                sql.SQL("alter table {} owner to {}").format(sql.Identifier(view), name)
            )
