"""What the service tells of each thing, held against the plain list of what happened."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final, get_args

import msgspec
from msgspec import structs

from domain.conversations import FOUNDING, AnyFact
from domain.documents import DocumentAttached
from domain.facts import Fact, stored_name, subject
from domain.records import EventCorrected
from domain.register import municipalities
from domain.vocabulary import Personal
from tests.client import Api
from tests.domain.dice import MUNICIPALITIES
from tests.journeys.asking import COLLECTIONS
from tests.journeys.plain_model import Event, Model, named_in
from tests.journeys.standing import counts, status

PAGE: Final = 20
"""Small enough that many histories take several pages."""
ORDERS: Final = (
    {},
    {"order": "desc"},
    {"orderBy": "recorded"},
    {"orderBy": "recorded", "order": "desc"},
)
ANEW: Final = frozenset({"ambition", "document"})
"""Kinds whose version is not that of their last event: progress counts others, a file is a file."""
KEPT: Final = ("about", "municipality", "initiative", "pilot")
"""What a thing belongs to from its beginning, whatever happens to it."""
PLACES: Final = sorted({code for code in MUNICIPALITIES if code in municipalities()})


def things(model: Model) -> list[str]:
    """Everything that can be read, in the order in which it began."""
    begun = [subject(event.fact) for event in model.log if type(event.fact) in FOUNDING.values()]
    places = [f"nis:{code}" for code in PLACES]
    return [*(thing for thing in begun if thing.partition("_")[0] in COLLECTIONS), *places]


def path_of(thing: str) -> str:
    if thing.startswith("nis:"):
        return f"/municipalities/{thing.removeprefix('nis:')}"
    return f"{COLLECTIONS[thing.partition('_')[0]]}/{thing}"


def check_history(api: Api, model: Model, thing: str, turn: int = 0) -> None:
    """Its history is all that concerns it, in order, and nothing else."""
    order = ORDERS[turn % len(ORDERS)]
    due = model.history(thing)
    if "orderBy" in order:
        due.sort(key=lambda event: event.position)
    if "order" in order:
        due.reverse()
    lines = list(_lines(api, path_of(thing), order))
    assert [line["position"] for line in lines] == [event.position for event in due], (thing, order)
    for line, event in zip(lines, due, strict=True):
        _check_line(line, event)


def _lines(api: Api, path: str, order: dict[str, str]) -> Iterator[dict[str, Any]]:
    page = api.get(f"{path}/history", pageSize=PAGE, **order)
    yield from page["items"]
    while following := page.get("next"):
        assert len(page["items"]) == PAGE
        page = api.http.get(following).json()
        yield from page["items"]


def _check_line(line: dict[str, Any], event: Event) -> None:
    told = {
        "type": stored_name(type(event.first.fact)),
        "occurredAt": event.at,
        "recordedAt": event.first.recorded_at,
        "onBehalfOf": event.first.on_behalf_of,
        "corrected": event.fixed_by.position if event.fixed_by else None,
    }
    read = {name: line.get(name) for name in told}
    read["corrected"] = line.get("corrected", {}).get("by")
    assert read == msgspec.to_builtins(told), line
    concerned = {concern["id"] for concern in line["concerns"]}
    assert {c for c in concerned if "_" in c or c.startswith("nis:")} == named_in(event.fact), line
    assert _read(line["data"], event.fact) == event.fact, line


def _read(data: dict[str, Any], fact: Fact) -> Fact:
    """The fact that a line tells of; what is personal stands in no line and is taken as known."""
    told = {"type": stored_name(type(fact)), **_personal(fact), **data}
    if isinstance(fact, EventCorrected):
        told["becomes"] = data["becomes"] | _personal(fact.becomes)
    assert not _personal(fact).keys() & data.keys(), data
    return msgspec.convert(told, AnyFact)


def _personal(fact: Fact) -> dict[str, Any]:
    return {
        field.encode_name: getattr(fact, field.name)
        for field in structs.fields(type(fact))
        if Personal in (field.type, *get_args(field.type))
    }


def check_thing(api: Api, model: Model, thing: str) -> None:
    """It stands as the last of its events left it, and all of them are counted."""
    answer = api.http.get(f"/v1{path_of(thing)}", params={"atLeast": api.position})
    assert answer.status_code == 200, answer.text
    kind = thing.replace(":", "_").partition("_")[0]
    if kind not in ANEW:
        assert answer.headers["etag"] == f'"{model.version(thing)}"', thing
    if kind == "document":
        _check_document(answer.content, model, thing)
        return
    found = answer.json()
    row = found.get("dossier", found)
    own = [e for e in model.events() if e.concerns(model.codes(thing))]
    assert row.get("status") == status(thing, own), thing
    due = counts(thing, own)
    assert {name: _many(row[name]) for name in due} == due, thing
    for begun in (event.fact for event in own if subject(event.fact) == thing):
        kept = {name for name in KEPT if hasattr(begun, name) and name in row}
        assert all(row[name] == getattr(begun, name) for name in kept), thing


def _check_document(data: bytes, model: Model, thing: str) -> None:
    (told,) = (fact for fact in model.facts(DocumentAttached) if fact.document == thing)
    assert hashlib.sha256(data).hexdigest() == told.sha256
    assert len(data) == told.size


def _many(value: Any) -> int:
    return value if isinstance(value, int) else len(value)


def check_lists(api: Api, model: Model) -> None:
    """Each list has as many things as began, and as many of each status as stand so."""
    events = list(model.events())
    for prefix, path in COLLECTIONS.items():
        own = [thing for thing in things(model) if thing.startswith(f"{prefix}_")]
        stand = Counter(status(thing, events) for thing in own)
        for word, many in stand.items():
            asked = {"status": word} if word else {}
            assert _total(api, path, asked) == many, (path, word)


def _total(api: Api, path: str, asked: dict[str, str]) -> int:
    page = api.get(path, total=True, pageSize=1, **asked)
    assert len(page["items"]) == 1
    return page["total"]


def check_all(api: Api, model: Model) -> int:
    """Read everything back; how many histories that were."""
    everything: Sequence[str] = things(model)
    for turn, thing in enumerate(everything):
        check_history(api, model, thing, turn)
        check_thing(api, model, thing)
    check_lists(api, model)
    return len(everything)
