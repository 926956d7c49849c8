"""Requests to append, as small as they come and with a sealed text."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery, DCBQueryItem
from msgspec import structs

from domain.facts import API, Fact
from domain.support_requests import SupportRequestReceived
from domain.vocabulary import RequestId, UserId
from service.ids import new_id
from service.log.store import AppendRequest
from tests.facts import SAMPLES

MOMENT: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RECEIVED: Final = "request.received"
T = TypeVar("T")


def received(request: str | None = None, **changes: Any) -> SupportRequestReceived:
    """A fact that concerns three things, with a narrative."""
    sample = SAMPLES[SupportRequestReceived]
    assert isinstance(sample, SupportRequestReceived)
    return structs.replace(sample, request=RequestId(request or new_id("request")), **changes)


def appending(*facts: Fact, key: UUID | None = None, **more: Any) -> AppendRequest:
    """A request to append these facts; a new one if none is given."""
    given: Sequence[Fact] = facts or (received(),)
    return AppendRequest(
        thing=str(getattr(given[0], "request", "")),
        facts=given,
        occurred_at=MOMENT,
        recorded_by=UserId("user_test"),
        source=API,
        request_id="test",
        key=key,
        **more,
    )


def unless(*items: DCBQueryItem, after: int = 0) -> DCBAppendCondition:
    return DCBAppendCondition(fail_if_events_match=DCBQuery(items=list(items)), after=after)


def concerns(*tags: str, types: Sequence[str] = ()) -> DCBQueryItem:
    return DCBQueryItem(types=list(types), tags=list(tags))


def at_once(calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """What each call gives or raises, all made at the same time."""

    def outcome(call: Callable[[], T]) -> T | Exception:
        try:
            return call()
        # What it raises is what the test looks at.
        except Exception as error:  # noqa: BLE001
            return error

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(outcome, calls))
