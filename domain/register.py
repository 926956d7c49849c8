"""The register of Flemish municipalities, with validity dates and successors.

Source: Statbel's NIS codes (REFNIS) for the Flemish Region: 300 municipalities from 2019 to
2024, 285 since 2025. The register starts on 2019-01-01; an earlier date is read as that day.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from msgspec import Struct

from domain.vocabulary import NisCode

REGISTER_STARTS: Final = date(2019, 1, 1)


class Municipality(Struct, frozen=True, kw_only=True, rename="camel"):
    nis: NisCode
    name: str
    province: str
    valid_from: date
    valid_until: date | None
    """The last day on which the code is valid; none while it is in use."""
    successor: NisCode | None

    def valid_on(self, day: date) -> bool:
        day = max(day, REGISTER_STARTS)
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


@cache
def municipalities() -> Mapping[NisCode, Municipality]:
    """Every municipality that the register knows, by code."""
    text = files("domain").joinpath("municipalities.csv").read_text(encoding="utf-8")
    rows = (
        Municipality(
            nis=NisCode(row["nis_code"]),
            name=row["name"],
            province=row["province"],
            valid_from=_day(row["valid_from"]) or REGISTER_STARTS,
            valid_until=_day(row["valid_until"]),
            successor=NisCode(row["successor"]) if row["successor"] else None,
        )
        for row in csv.DictReader(text.splitlines())
    )
    return {row.nis: row for row in rows}


@cache
def lineage(nis: NisCode) -> tuple[NisCode, ...]:
    """A municipality's own code and those of all that merged into it, its own first."""
    merged = (m.nis for m in municipalities().values() if m.successor == nis and m.nis != nis)
    return (nis, *(code for predecessor in merged for code in lineage(predecessor)))


def successor(nis: NisCode) -> NisCode:
    """The code under which a municipality goes on: its own while that is in use."""
    following = municipalities()[nis].successor
    return nis if following is None else successor(following)


def code_on(nis: NisCode, day: date) -> NisCode:
    """The code of a place on a day on or after one of a municipality's own."""
    known = municipalities()[nis]
    return nis if known.valid_on(day) or known.successor is None else code_on(known.successor, day)


def same_place(nis: NisCode) -> Iterator[Municipality]:
    """All that a place was or is called: a municipality, its predecessors and successors."""
    for code in lineage(successor(nis)):
        yield municipalities()[code]


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
