"""All routes: those of the API's first version, and the few around it."""

from typing import Final

from service.api import (
    actors,
    ambitions,
    blueprints,
    co_creation,
    documentation,
    documents,
    engagements,
    examples,
    growth,
    health,
    info_sessions,
    initiatives,
    learning,
    me,
    municipalities,
    notes,
    pilots,
    professionals,
    records,
    replays,
    support_requests,
    workshops,
)

VERSION_1: Final = (
    *actors.ROUTES,
    *support_requests.ROUTES,
    *info_sessions.ROUTES,
    *examples.ROUTES,
    *initiatives.ROUTES,
    *growth.ROUTES,
    *workshops.ROUTES,
    *co_creation.ROUTES,
    *municipalities.ROUTES,
    *engagements.ROUTES,
    *professionals.ROUTES,
    *pilots.ROUTES,
    *replays.ROUTES,
    *blueprints.ROUTES,
    *ambitions.ROUTES,
    *learning.ROUTES,
    *notes.ROUTES,
    *documents.ROUTES,
    *records.ROUTES,
    *me.ROUTES,
)
AROUND: Final = (*health.ROUTES, *documentation.ROUTES)
