"""`/documents`: files that belong to anything; sent and fetched as they are."""

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from http import HTTPStatus
from itertools import chain
from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from domain.boundaries import about, query
from domain.documents import AttachDocument
from domain.refusals import Unknown
from domain.register import municipalities
from domain.vocabulary import ID_PREFIXES, ActorId, DocumentId, Narrative, Thing
from projections.documents import VIEW, Document
from service.api.access import STAFF
from service.api.bodies import InputWrong, Issue, in_utc
from service.api.histories import histories
from service.api.listing import lists
from service.api.media import MEDIA_TYPES
from service.api.problems import NotThere
from service.api.reading import AtLeast, id_in_path, only, row_of
from service.api.signatures import REQUIRED, Answer, sign
from service.api.tracing import state_of
from service.api.waiting import VIEWS
from service.api.writing import (
    COORDINATORS,
    PROBLEMS,
    READ_PROBLEMS,
    IdempotencyKey,
    answered,
    intent_of,
    record,
)
from service.ids import new_id
from service.log.documents import BytesGone, Documents
from service.log.store import EventLog, Outcome

LARGEST_DOCUMENT: Final = 25 * 1024 * 1024
LONGEST_NAME: Final = 200

_THING: Final = "^([a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}|nis:[0-9]{5})$"
_ACTOR: Final = "^actor_[0-7][0-9a-hjkmnp-tv-z]{25}$"
About = Annotated[
    str,
    QueryParameter(
        pattern=_THING,
        description="What it belongs to: an id, or nis: and the code of a place.",
    ),
]
Name = Annotated[
    str | None,
    HeaderParameter(
        name="Content-Disposition",
        description="The name of the file: attachment; filename*=UTF-8''verslag.pdf",
        required=False,
    ),
]


@dataclass
class Upload(Operation):
    """Tells in the OpenAPI document that the body is the file itself."""

    def __post_init__(self) -> None:
        file = OpenAPIMediaType()
        self.request_body = RequestBody(content=dict.fromkeys(MEDIA_TYPES, file), required=True)


async def read_file(request: Request[Any, Any, Any]) -> None:
    """In place of the check of a JSON body: take the bytes as they are, up to the largest size."""
    media_type = request.content_type[0]
    if media_type not in MEDIA_TYPES:
        detail = f"Documents of this media type are not taken; these are: {', '.join(MEDIA_TYPES)}."
        raise InputWrong(Issue(detail=detail), status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    data = await request.body()
    if not data:
        raise InputWrong(Issue(detail="The document is empty."))
    if not MEDIA_TYPES[media_type](data):
        detail = "The bytes are not those of a document of this media type."
        raise InputWrong(Issue(detail=detail), status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    state_of(request)["document"] = data


def _attach(request: Request[Any, Any, Any], **asked: Any) -> Response[Outcome]:
    key, header = asked.pop("idempotency_key"), asked.pop("name")
    only(request, asked)
    name, thing = _name_in(header), Thing(asked["about"])
    state = request.app.state
    _check_there(state.log, thing)
    data: bytes = state_of(request)["document"]
    sha256 = hashlib.sha256(data).hexdigest()
    # Before it is recorded: what the log tells of is there.
    Documents(state.pool, state.log).put(thing, sha256, data)
    document = DocumentId(new_id(ID_PREFIXES[DocumentId]))
    intent = intent_of(
        state_of(request),
        AttachDocument(
            document=document,
            about=thing,
            name=Narrative(name),
            media_type=request.content_type[0],
            size=len(data),
            sha256=sha256,
        ),
        thing=document,
        occurred_at=in_utc(asked["occurredAt"]),
        on_behalf_of=ActorId(asked["onBehalfOf"]) if asked["onBehalfOf"] else None,
        key=key,
    )
    outcome = record(state, intent)
    return answered(outcome, f"/v1/documents/{outcome.id}")


def _name_in(header: str | None) -> str:
    """The file's name out of a Content-Disposition.

    Raises:
        InputWrong: if there is none, or one that no file should have.
    """
    message = Message()
    message["Content-Disposition"] = header or ""
    name = unicodedata.normalize("NFC", (message.get_filename() or "").strip())
    odd = any(unicodedata.category(sign)[0] == "C" or sign in '/\\:*?"<>|' for sign in name)
    if not name or odd or len(name) > LONGEST_NAME or not name.strip("."):
        detail = (
            "Give the name of the file, without folders or control characters and of "
            f"{LONGEST_NAME} characters at most: attachment; filename*=UTF-8''verslag.pdf"
        )
        raise InputWrong(Issue(parameter="Content-Disposition", detail=detail))
    return name


def _check_there(log: EventLog, thing: Thing) -> None:
    """Look before anything is stored; whether it can be recorded is for the domain to say."""
    if thing.startswith("nis:"):
        there = thing.removeprefix("nis:") in municipalities()
    else:
        there = bool(log.read(query((about(thing),)), limit=1).events)
    if not there:
        raise Unknown("about", thing)


def _fetch(request: Request[Any, Any, Any], **asked: Any) -> Stream:
    only(request, asked)
    state = request.app.state
    with state.pool.connection() as connection:
        doc = row_of(connection, VIEW, asked["id"], "document")
    document = msgspec.json.decode(doc, type=Document)
    parts = Documents(state.pool, state.log).parts(document.about, document.sha256, document.size)
    return Stream(
        _begun(parts),
        media_type=document.media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.name, safe='')}",
            "Content-Length": str(document.size),
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
            "ETag": f'"{document.sha256}"',
        },
    )


def _begun(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts, the first of them read already: only then can a problem still be told.

    Raises:
        NotThere: if the bytes are gone.
    """
    try:
        return chain([next(parts)], parts)
    except BytesGone:
        raise NotThere("The bytes of this document were erased.") from None


def _routes() -> tuple[HTTPRouteHandler, ...]:
    sign(
        _attach,
        "attach_document",
        {
            "about": (About, REQUIRED),
            "occurredAt": (Annotated[datetime | None, QueryParameter()], None),
            "onBehalfOf": (
                Annotated[str | None, QueryParameter(pattern=_ACTOR)],
                None,
            ),
            "name": (Name, None),
            "idempotency_key": (IdempotencyKey, None),
        },
        Response[Outcome],
    )
    sign(
        _fetch, "get_document", {"id": id_in_path("document_…"), "atLeast": (AtLeast, None)}, Stream
    )
    return (
        post(
            "/documents",
            opt={"roles": COORDINATORS},
            before_request=read_file,
            request_max_body_size=LARGEST_DOCUMENT,
            operation_class=Upload,
            summary="Attach a file to anything: the body is the file, up to 25 MB.",
            operation_id="attachDocument",
            sync_to_thread=True,
            responses=PROBLEMS,
        )(_attach),
        get(
            "/documents/{id:str}",
            opt={"roles": STAFF, VIEWS: (VIEW,)},
            summary="The file itself, to keep.",
            operation_id="getDocument",
            sync_to_thread=True,
            responses={
                200: Answer(bytes, description="The file.", media_type="*/*"),
                **READ_PROBLEMS,
            },
        )(_fetch),
    )


ROUTES: Final = (*_routes(), lists(VIEW, "documents"), histories(VIEW, "documents", "document"))
