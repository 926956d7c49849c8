"""`/initiatives/{id}/growth`: how an initiative grew, as figures for each day."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.enums import MediaType
from msgspec import Struct

from domain.actors import ActorRegistered
from domain.boundaries import about, query
from domain.facts import Past, tags
from domain.records import corrected
from domain.vocabulary import ActorKind
from projections.growth import GROWING, Point, growth
from projections.initiatives import VIEW
from projections.travel import Moment, known, row_then, then
from service.api.histories import READERS
from service.api.problems import NotThere
from service.api.reading import AtLeast, check_id, id_in_path, only
from service.api.signatures import Answer, sign
from service.api.travel import NONE_SUCH, NOT_YET, as_it_was, moment_of, past_of
from service.api.travel import PARAMETERS as MOMENT
from service.api.waiting import VIEWS
from service.api.writing import READ_PROBLEMS
from service.log.store import EventLog


class Curve(Struct, frozen=True, kw_only=True):
    """A point for each day on which a figure changed; in between it stays as it was."""

    items: list[Point]


def _growth(request: Request[Any, Any, Any], **asked: Any) -> Response[bytes]:
    only(request, asked)
    moment = moment_of(request, asked) or Moment()
    initiative, log = asked["id"], request.app.state.log
    check_id(initiative, "initiative")
    past = past_of(log, (initiative,))
    if not past:
        raise NotThere(NONE_SUCH)
    if row_then(VIEW, initiative, past, moment) is None:
        raise NotThere(NOT_YET)
    read = then(past, moment)
    return as_it_was(request, Curve(items=growth(initiative, read, _kinds(log, read, moment))))


def _kinds(log: EventLog, past: Past, moment: Moment) -> dict[str, ActorKind]:
    """What kind each actor is whom the growth is about, by their registration, whatever its day."""
    growing = (recorded.fact for recorded in past if isinstance(recorded.fact, GROWING))
    actors = sorted({tag for fact in growing for tag in tags(fact) if tag.startswith("actor_")})
    if not actors:
        return {}
    found = log.read(query(tuple(about(actor, ActorRegistered) for actor in actors))).events
    facts = (recorded.fact for recorded in corrected(known(found, moment)))
    return {fact.actor: fact.kind for fact in facts if isinstance(fact, ActorRegistered)}


sign(
    _growth,
    "initiative_growth",
    {"id": id_in_path("initiative_…"), "atLeast": (AtLeast, None), **MOMENT},
    Response[bytes],
)
ROUTES: Final = (
    get(
        "/initiatives/{id:str}/growth",
        opt={"roles": READERS, VIEWS: (VIEW,)},
        summary="How an initiative grew: participants, ties, contributions and scales, by day.",
        operation_id="getInitiativeGrowth",
        sync_to_thread=True,
        media_type=MediaType.JSON,
        responses={200: Answer(Curve, description="The curve."), **READ_PROBLEMS},
    )(_growth),
)
