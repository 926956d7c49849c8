"""`aanzet token`: a short-lived token of the built-in issuer."""

import math
from datetime import timedelta
from typing import Final

import rich_click as click

from domain.vocabulary import ActorId
from service.ids import is_id
from service.running import known_secret
from service.settings import read_settings
from service.signin import DEFAULT_LIFETIME, LONGEST_LIFETIME, Issuer, Role

ROLES: Final = [role.value for role in Role]


@click.command
@click.option(
    "--role",
    required=True,
    type=click.Choice(ROLES),
    help="What it may be used for.",
)
@click.option("--user", default="", metavar="NAME", help="Whose it is; by default the role's.")
@click.option(
    "--actor",
    metavar="ID",
    help="For whom it speaks; with --role actor or, for their own lists, coordinator.",
)
@click.option(
    "--hours",
    type=click.FloatRange(min=0, max=LONGEST_LIFETIME / timedelta(hours=1), min_open=True),
    default=DEFAULT_LIFETIME / timedelta(hours=1),
    show_default=True,
    help="How long it is valid.",
)
def token(role: str, user: str, actor: str | None, hours: float) -> None:
    """Print a token, signed with the key of this data folder (or AANZET_SECRET)."""
    if actor is not None and not is_id(actor, "actor"):
        raise click.BadParameter("an actor's id starts with actor_.", param_hint="--actor")
    if not user.isprintable() or not math.isfinite(hours):
        raise click.UsageError("--user is a name, and --hours a number.")
    if role == Role.ACTOR and actor is None:
        raise click.UsageError("--role actor takes --actor: for whom it speaks.")
    if actor is not None and role not in (Role.ACTOR, Role.COORDINATOR):
        raise click.UsageError("--actor goes with --role actor or coordinator.")
    settings = read_settings()
    issuer = Issuer(settings.secret or known_secret(settings.data))
    click.echo(
        issuer.sign(
            user or role,
            Role(role),
            actor=ActorId(actor) if actor else None,
            lifetime=timedelta(hours=hours),
        )
    )
