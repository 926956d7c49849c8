"""The learning timeline: what was learnt, with where and on what themes, in order of happening.

One statement makes the lines of every format, so that a page and an export say the same.
"""

import json
from datetime import datetime
from functools import cache
from typing import Final, LiteralString

from msgspec import Struct
from psycopg import sql

from domain.register import lineage, municipalities, successor
from domain.vocabulary import NisCode
from projections import initiatives, learning, names
from projections.exports import Field
from projections.full_text import CONFIGURATION, plain
from projections.learning import Kind
from projections.tables import all_of, words
from projections.view import View
from projections.withholding import WITHHELD

READ: Final[tuple[View, ...]] = (learning.VIEW, initiatives.VIEW, names.VIEW)
"""The views that it is made from."""


class Wanted(Struct, frozen=True, kw_only=True):
    """Which part of the timeline, and for whom; without anything, all of it."""

    named: bool = False
    """Whether the reader may see who people are; else actors have pseudonyms."""
    kinds: tuple[Kind, ...] = ()
    initiative: str | None = None
    pilot: str | None = None
    municipality: str | None = None
    """With those that merged into it."""
    province: str | None = None
    theme: str | None = None
    year: int | None = None
    """By the calendar of Brussels."""
    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None
    latest_first: bool = False


def _names(column: LiteralString, one: LiteralString) -> LiteralString:
    """The names of many things; `one` has that of the first, who mostly is the only one."""
    return (
        f"case when cardinality({column}) < 2"
        f" then array_remove(array[coalesce({one}, ({column})[1])], null)"
        " else array(select coalesce(n.name, each.key)"
        f" from unnest({column}) with ordinality as each (key, i)"
        " left join {names} n using (key) order by each.i) end"
    )


# fmt: off
FIELDS: Final = (
    Field("position", "bigint", "l.position"),
    Field("kind", "text", "l.kind"),
    Field("occurredAt", "timestamptz", "l.at"),
    Field("day", "date", "l.day"),
    Field("year", "bigint", "l.year"),
    Field("text", "text", "l.text", free=True),
    Field("more", "text[]", "l.more", free=True),
    Field("sources", "text[]", "{sources}", free=True),
    Field("decision", "text", "l.decision"),
    Field("verdict", "text", "l.verdict"),
    Field("answer", "text", "l.answer"),
    Field("indicator", "text", "l.indicator", free=True),
    Field("value", "text", "l.value"),
    Field("unit", "text", "l.unit", free=True),
    Field("thing", "text", "l.thing"),
    Field("about", "text", "about.name", free=True),
    Field("pilots", "text[]", "l.pilots"),
    Field("pilotNames", "text[]", _names("l.pilots", "pilot.name"), free=True),
    Field("workshop", "text", "l.workshop"),
    Field("workshopName", "text", "workshop.name", free=True),
    Field("initiatives", "text[]", "l.initiatives"),
    Field("initiativeNames", "text[]", _names("l.initiatives", "initiative.name"), free=True),
    Field("municipality", "text", "o.place"),
    Field("municipalityName", "text", "{towns} ->> o.place"),
    Field("province", "text", "{provinces} ->> o.place"),
    Field("themes", "text[]", "o.themes"),
    Field("evidence", "bigint[]", "l.evidence::bigint[]"),
    Field("lessons", "text[]", "l.lessons"),
    Field("learntBy", "text[]", "{people}", free=True),
    Field("corrected", "boolean", "l.corrected"),
)
# fmt: on
"""What a line says. `about` names the outcome that was verified, the approach that was answered,
or the blueprint that makes the statement."""

# Each join finds one row at most, by its key: so the order of the rows is kept, and a thing that
# many rows name is looked up once.
_JOINED: Final = """
    ({chosen}) l
    left join {initiatives} i on i.key = l.initiatives[1]
    left join {names} initiative on initiative.key = l.initiatives[1]
    left join {names} pilot on pilot.key = l.pilots[1]
    left join {names} workshop on workshop.key = l.workshop
    left join {names} about on about.key =
        case when l.kind in ('verification', 'approach', 'statement') then l.thing end
    {person}
    cross join lateral (select
        case when l.municipality is not null or cardinality(l.initiatives) < 2
            then coalesce(l.municipality, i.municipality)
            else (
                select case when count(distinct municipality) = 1 then min(municipality) end
                from {initiatives} where key = any(l.initiatives)
            ) end as place,
        case when cardinality(l.initiatives) < 2 then coalesce(i.theme, '{{}}')
            else array(
                select distinct t from {initiatives}, unnest(theme) t
                where key = any(l.initiatives) order by t
            ) end as themes
    ) o
"""
_PERSON: Final = """left join {names} person on person.key = l."learntBy"[1]"""
_UNNAMED: Final = "array_fill({}::text, array[cardinality(l.sources)])"
_NAMED: Final = _names('l."learntBy"', "person.name")


def lines(
    wanted: Wanted,
    select: str,
    *,
    after: tuple[str, int] | None = None,
    limit: int | None = None,
) -> sql.Composed:
    """The statement that reads `select` (see exports.py) from the timeline, line by line.

    `after` is the moment and the position of the line before, as PostgreSQL writes them.
    """
    statement = f"select {select} from {_JOINED} order by l.at {{way}}, l.position {{way}}"
    return sql.SQL(statement).format(  # pyright: ignore[reportArgumentType]
        **_TABLES,
        **_register(),
        chosen=_chosen(wanted, after, limit),
        people=sql.SQL(_NAMED if wanted.named else "l.pseudonyms").format(names=_TABLES["names"]),
        sources=sql.SQL("l.sources" if wanted.named else _UNNAMED).format(WITHHELD),
        person=sql.SQL(_PERSON if wanted.named else "").format(names=_TABLES["names"]),
        way=_way(wanted),
    )


def count(wanted: Wanted) -> sql.Composed:
    """The statement that counts the lines."""
    return sql.SQL("select count(*) from {learning} l where {tests}").format(
        learning=_TABLES["learning"], tests=all_of(_tests(wanted))
    )


_TABLES: Final = {view.name: sql.Identifier(view.table) for view in READ}


@cache
def _register() -> dict[str, sql.Composable]:
    """The names and provinces of all places by their code, as JSON for the statement."""
    known = municipalities()
    towns = {nis: place.name for nis, place in known.items()}
    provinces = {nis: known[successor(nis)].province for nis in known}
    return {
        name: sql.SQL("{}::jsonb").format(json.dumps(of, ensure_ascii=False))
        for name, of in (("towns", towns), ("provinces", provinces))
    }


def _chosen(wanted: Wanted, after: tuple[str, int] | None, limit: int | None) -> sql.Composed:
    tests = _tests(wanted)
    if after:
        than = sql.SQL("<" if wanted.latest_first else ">")
        tests.append(sql.SQL("(l.at, l.position) {} ({}, {})").format(than, *after))
    return sql.SQL(
        "select l.* from {learning} l where {tests} order by l.at {way}, l.position {way}"
        " limit {limit}"
    ).format(learning=_TABLES["learning"], tests=all_of(tests), way=_way(wanted), limit=limit)


def _way(wanted: Wanted) -> sql.SQL:
    return sql.SQL("desc" if wanted.latest_first else "asc")


def _tests(wanted: Wanted) -> list[sql.Composed]:
    """What a line must be like, each test with its value in it."""
    given: list[tuple[LiteralString, object]] = [
        ("l.kind = any({})", list(wanted.kinds) or None),
        ("l.initiatives @> array[{}]", wanted.initiative),
        ("l.pilots @> array[{}]", wanted.pilot),
        (_THERE, _places(wanted)),
        ("l.initiatives && array(select key from {initiatives} where theme @> array[{}])",
         wanted.theme),
        ("l.year = {}", wanted.year),
        ("l.at >= {}", wanted.since),
        ("l.at < {}", wanted.until),
        ("{words} @@ websearch_to_tsquery({language}, {})",
         None if wanted.q is None else plain(wanted.q)),
    ]  # fmt: skip
    return [
        sql.SQL(test).format(value, **_TABLES, words=words("q"), language=CONFIGURATION)
        for test, value in given
        if value is not None
    ]


_THERE: Final = """(
    l.municipality = any({0})
    or l.municipality is null
        and l.initiatives && array(select key from {initiatives} where municipality = any({0}))
)"""
"""An event that states no place is where its initiatives are."""


def _places(wanted: Wanted) -> list[str] | None:
    """The codes of the places asked for; a place is in the province where it is today."""
    if wanted.municipality is None and wanted.province is None:
        return None
    known = municipalities()
    codes = list(known) if wanted.municipality is None else lineage(NisCode(wanted.municipality))
    if wanted.province is None:
        return [str(code) for code in codes]
    return [
        str(code)
        for code in codes
        if code in known and known[successor(code)].province == wanted.province
    ]
