"""All views: what the projector keeps, and where a reader finds one by its name."""

from typing import Final

from projections import (
    actors,
    ambitions,
    blueprints,
    co_creation,
    documents,
    examples,
    histories,
    info_sessions,
    initiatives,
    learning,
    municipalities,
    names,
    notes,
    pilots,
    professionals,
    support_requests,
    workshops,
)
from projections.view import View

VIEWS: Final[tuple[View, ...]] = (
    histories.VIEW,
    names.VIEW,
    actors.VIEW,
    support_requests.VIEW,
    info_sessions.VIEW,
    examples.VIEW,
    initiatives.VIEW,
    workshops.VIEW,
    co_creation.VIEW,
    pilots.VIEW,
    blueprints.VIEW,
    ambitions.VIEW,
    ambitions.APPROVALS,
    notes.VIEW,
    documents.VIEW,
    municipalities.VIEW,
    professionals.VIEW,
    learning.VIEW,
)

GONE: Final = ("lines",)
"""The names of views that were kept once: their tables are dropped."""

_BY_NAME: Final = {view.name: view for view in VIEWS}


def view(name: str) -> View:
    """The view of this name.

    Raises:
        KeyError: if there is none.
    """
    return _BY_NAME[name]
