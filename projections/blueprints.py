"""Blueprints: the draft as it stands, and each version as it was published."""

from datetime import datetime

from msgspec import Struct, structs

from domain.blueprints import BlueprintDrafted, BlueprintPublished, BlueprintStatementAdded
from domain.facts import Recorded
from projections.view import Column, Row, View, of_kind


class Statement(Struct, frozen=True, kw_only=True, rename="camel"):
    position: int
    at: datetime
    statement: str
    lessons: list[str]
    pilots: list[str]


class Version(Struct, frozen=True, kw_only=True, rename="camel"):
    number: int
    position: int
    published_at: datetime
    statements: list[Statement]


class Blueprint(Row, kw_only=True):
    status: str = "draft"
    title: str = ""
    about: str = ""
    statements: list[Statement] = []
    """All of the draft, those that were published among them."""
    versions: list[Version] = []
    pilots: list[str] = []
    """Those whose lessons it rests on."""
    reference: str | None = None
    drafted_at: datetime | None = None


def evolve(row: Blueprint, recorded: Recorded) -> Blueprint:
    row = structs.replace(row, version=recorded.position)
    at = recorded.occurred_at
    match recorded.fact:
        case BlueprintDrafted() as fact:
            return structs.replace(
                row, title=fact.title, about=fact.about, reference=fact.reference, drafted_at=at
            )
        case BlueprintStatementAdded() as fact:
            statement = Statement(
                position=recorded.position,
                at=at,
                statement=fact.statement,
                lessons=list(fact.lessons),
                pilots=list(fact.pilots),
            )
            return structs.replace(
                row,
                statements=[*row.statements, statement],
                pilots=sorted({*row.pilots, *fact.pilots}),
            )
        case BlueprintPublished() as fact:
            version = Version(
                number=fact.version,
                position=recorded.position,
                published_at=at,
                statements=row.statements,
            )
            return structs.replace(row, status="published", versions=[*row.versions, version])
        case _:
            return row


def _lessons(row: Blueprint) -> list[str]:
    return sorted({lesson for statement in row.statements for lesson in statement.lessons})


VIEW = View(
    name="blueprints",
    row=Blueprint,
    keys=of_kind("blueprint"),
    empty=lambda key: Blueprint(id=key),
    evolve=evolve,
    columns={
        "status": Column("text", lambda row: row.status, choices=("draft", "published")),
        "pilot": Column("text[]", lambda row: row.pilots, filter="has"),
        "lesson": Column("text[]", _lessons, filter="has"),
        "reference": Column("text", lambda row: row.reference),
        "at": Column("timestamptz", lambda row: row.drafted_at),
    },
)
