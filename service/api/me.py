"""`/me`: what an actor may see of what concerns them."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.enums import MediaType

from projections.actors import VIEW
from service.api.access import caller_of
from service.api.histories import PARAMETERS, READ, RESPONSES, answer
from service.api.lineage import lineage
from service.api.problems import NotAllowed
from service.api.reading import only
from service.api.sharing import handing_out, shared
from service.api.signatures import sign
from service.api.waiting import VIEWS
from service.signin import Role


def _my_history(request: Request[Any, Any, Any], **asked: Any) -> Response[bytes]:
    only(request, asked)
    actor = caller_of(request).actor
    if actor is None:
        raise NotAllowed("This token does not say which actor it speaks for.")
    return answer(request, lambda connection: lineage(connection, actor), asked)


_shared_history = shared(_my_history)
sign(_shared_history, "my_history", PARAMETERS, Response[bytes])

ROUTES: Final = (
    get(
        "/me/history",
        opt={"roles": frozenset({Role.ACTOR}), VIEWS: (VIEW, *READ)},
        middleware=[handing_out],
        summary="The history of the actor for whom the token speaks.",
        operation_id="getMyHistory",
        media_type=MediaType.JSON,
        responses=RESPONSES,
    )(_shared_history),
)
