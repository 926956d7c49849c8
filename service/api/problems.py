"""Problems as RFC 9457 tells them: one table from what went wrong to what the caller reads."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import HTTPScope, Receive, Send
from msgspec import Struct
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from domain.facts import Undecodable
from domain.refusals import Refusal, Unknown
from projections.words import dutch
from service.api.bodies import InputWrong, Issue
from service.api.expected import kind_at, unrepeated
from service.api.tracing import state_of
from service.commands import Contended, Stale
from service.log.store import KeyReused, LogBusy, OutcomeUnknown
from service.signin import NotSignedIn

_LOG: Final = structlog.get_logger(__name__)
RETRY_SECONDS: Final = 1


class Sentences(Struct, frozen=True):
    nl: str
    en: str


class Problem(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What went wrong, in a form that programs and people can read."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = ""
    issues: tuple[Issue, ...] = ()
    """Everything that is wrong with the input, each with where it stands."""
    rule: int | None = None
    sentences: Sentences | None = None
    blocked_by: tuple[int, ...] = ()
    """Positions of the events that stand in the way."""
    changed_by: tuple[int, ...] = ()
    """Positions of the events since the version that the caller saw."""


class NotAllowed(Exception):  # noqa: N818
    """The caller's roles do not allow this."""


class NotThere(Exception):  # noqa: N818
    """There is no such thing."""


class NotAcceptable(Exception):  # noqa: N818
    """None of the forms that the caller takes can be given."""


class TooManyExports(Exception):  # noqa: N818
    """As many exports are being made as this process makes at once."""


class NotYet(Exception):  # noqa: N818
    """The views have not caught up with the position asked for."""


def problem_type(name: str) -> str:
    """The URI of a kind of problem, in the form of the Belgian government's guide."""
    return f"urn:problem-type:aanzet:{name[0].lower()}{name[1:]}"


def respond(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The answer to a request that went wrong. What it says never repeats the input's texts."""
    problem = _problem(request, error)
    headers: dict[str, str] = {}
    match problem.status:
        case HTTPStatus.SERVICE_UNAVAILABLE:
            headers["Retry-After"] = str(RETRY_SECONDS)
        case HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        case HTTPStatus.METHOD_NOT_ALLOWED if isinstance(error, HTTPException):
            headers |= error.headers or {}
        case _:
            pass
    return Response(
        msgspec.json.encode(msgspec.structs.replace(problem, instance=instance(request))),
        status_code=problem.status,
        headers=headers,
        media_type="application/problem+json",
    )


async def answer(error: Exception, scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer a request that went wrong."""
    request = Request[Any, Any, Any](scope, receive, send)
    ready = respond(request, error).to_asgi_response(app=None, request=request)
    await ready(scope, receive, send)


def instance(request: Request[Any, Any, Any]) -> str:
    return f"urn:uuid:{state_of(request).get('request_id', '')}"


def _problem(request: Request[Any, Any, Any], error: Exception) -> Problem:
    match error:
        case Refusal():
            return refused(error)
        case Unknown():
            issue = Issue(pointer=f"/{error.field}", detail=str(error))
            return _simple(HTTPStatus.NOT_FOUND, str(error), issues=(issue,))
        case Stale():
            return Problem(
                type=problem_type("stale"),
                title="Changed since",
                status=HTTPStatus.PRECONDITION_FAILED,
                detail=str(error),
                changed_by=error.positions,
            )
        case KeyReused():
            detail = "This Idempotency-Key came with another body before."
            return _simple(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
        case (
            Contended()
            | LogBusy()
            | NotYet()
            | OperationalError()
            | OutcomeUnknown()
            | PoolTimeout()
            | TooManyExports()
        ):
            detail = "This could not be done just now; please try again."
            return _simple(HTTPStatus.SERVICE_UNAVAILABLE, detail)
        case Undecodable():
            return _simple(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        case NotSignedIn():
            return _simple(HTTPStatus.UNAUTHORIZED, str(error))
        case NotAllowed():
            return _simple(HTTPStatus.FORBIDDEN, str(error))
        case NotAcceptable():
            return _simple(HTTPStatus.NOT_ACCEPTABLE, str(error))
        case NotThere():
            return _simple(HTTPStatus.NOT_FOUND, str(error))
        case InputWrong():
            return wrong(*error.issues, status=error.status)
        case ValidationException():
            return wrong(*_parameter_issues(request, error))
        case HTTPException():
            status = HTTPStatus(error.status_code)
            return _simple(status, _said_of(status, error))
        case _:
            _LOG.error(
                "fault",
                request_id=state_of(request).get("request_id"),
                error=type(error).__name__,
                # Where it happened, not what it said: messages may repeat input.
                where=_where(error),
            )
            return _simple(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side.")


def _said_of(status: HTTPStatus, error: HTTPException) -> str:
    match status:
        case HTTPStatus.NOT_FOUND:
            return "There is no such route; see /docs."
        case HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = (error.headers or {}).get("allow", "none")
            return f"This route is there for {allowed} alone; see /docs."
        case _:
            return status.description or status.phrase


def refused(error: Refusal) -> Problem:
    return Problem(
        type=problem_type(type(error).__name__),
        title="Refused by a rule",
        status=HTTPStatus.CONFLICT,
        detail=error.en,
        rule=error.RULE,
        sentences=Sentences(in_dutch(error), error.en),
        blocked_by=error.blocked_by,
    )


def in_dutch(error: Refusal) -> str:
    """Its Dutch sentence, with the choices in Dutch words too."""
    told = {name: dutch(value) for name, value in error.details.items()}
    return error.NL.format_map(told)


def wrong(*issues: Issue, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> Problem:
    return _simple(status, issues[0].detail, issues=issues)


def _where(error: BaseException) -> str:
    frames: list[str] = []
    trace = error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(frames[-6:])


def _simple(status: HTTPStatus, detail: str, issues: Sequence[Issue] = ()) -> Problem:
    name = status.phrase.title().replace(" ", "").replace("-", "")
    return Problem(
        type=problem_type(name),
        title=status.phrase,
        status=status,
        detail=detail,
        issues=tuple(issues),
    )


def _sent_as(name: str) -> str:
    """A parameter's name as callers write it; handlers name some otherwise."""
    headers = {"idempotency_key": "Idempotency-Key", "if_match": "If-Match"}
    return headers.get(name, name.rstrip("_"))


def _parameter_issues(
    request: Request[Any, Any, Any], error: ValidationException
) -> tuple[Issue, ...]:
    extra: Any = error.extra or []
    declared = request.route_handler.parsed_fn_signature.parameters
    kinds = {name: field.raw for name, field in declared.items()}
    found = [
        Issue(
            parameter=_sent_as(item["key"]),
            detail=unrepeated(item["message"], kind_at(kinds.get(item["key"]), ())),
        )
        for item in extra
    ]
    return tuple(found) or (Issue(detail="The request has a wrong parameter."),)
