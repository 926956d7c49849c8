"""The catalogue: examples, stories and testimonies, by place, theme and words."""

from datetime import date, datetime

from msgspec import structs

from domain.actors import ActorsMerged
from domain.examples import ExampleKind, ExamplePublished, ExampleRevised, ExampleWithdrawn
from domain.facts import Recorded
from domain.register import municipalities, successor
from domain.vocabulary import NisCode
from projections.full_text import plain
from projections.view import Column, Row, View, of_kind


class Example(Row, kw_only=True):
    status: str = "published"
    kind: str = ""
    title: str = ""
    summary: str = ""
    themes: list[str] = []
    municipality: str | None = None
    initiative: str | None = None
    told_by: str | None = None
    agreed_on: date | None = None
    reference: str | None = None
    published_at: datetime | None = None
    revised_at: datetime | None = None
    reason: str | None = None
    """Why it was withdrawn."""


def evolve(row: Example, recorded: Recorded) -> Example:
    row = structs.replace(row, version=recorded.position)
    match recorded.fact:
        case ExamplePublished() as fact:
            return structs.replace(
                row,
                kind=fact.kind,
                title=fact.title,
                summary=fact.summary,
                themes=list(fact.themes),
                municipality=fact.municipality,
                initiative=fact.initiative,
                told_by=fact.told_by,
                agreed_on=fact.agreed_on,
                reference=fact.reference,
                published_at=recorded.occurred_at,
            )
        case ExampleRevised() as fact:
            return structs.replace(
                row,
                title=fact.title or row.title,
                summary=fact.summary or row.summary,
                themes=row.themes if fact.themes is None else list(fact.themes),
                revised_at=recorded.occurred_at,
            )
        case ActorsMerged() as fact if fact.duplicate == row.told_by:
            return structs.replace(row, told_by=fact.actor)
        case ExampleWithdrawn() as fact:
            return structs.replace(row, status="withdrawn", reason=fact.reason)
        case _:
            return row


def province(row: Example) -> str | None:
    """That of the place as it goes on today: a merger may move a place to another province."""
    if row.municipality is None:
        return None
    return municipalities()[successor(NisCode(row.municipality))].province


PROVINCES = tuple(sorted({place.province for place in municipalities().values()}))

VIEW = View(
    name="examples",
    version=2,
    row=Example,
    keys=of_kind("example"),
    empty=lambda key: Example(id=key),
    evolve=evolve,
    columns={
        "municipality": Column("text", lambda row: row.municipality, filter="place"),
        "province": Column("text", province, choices=PROVINCES),
        "theme": Column("text[]", lambda row: row.themes, filter="has"),
        "kind": Column("text", lambda row: row.kind, choices=tuple(ExampleKind)),
        "status": Column("text", lambda row: row.status, choices=("published", "withdrawn")),
        "initiative": Column("text", lambda row: row.initiative),
        "reference": Column("text", lambda row: row.reference),
        "q": Column(
            "text",
            lambda row: plain(" ".join((row.title, row.summary, *row.themes))),
            filter="words",
        ),
        "at": Column("timestamptz", lambda row: row.published_at),
    },
)
