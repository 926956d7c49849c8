"""The register of Flemish municipalities, as valid on each day (rule 10)."""

from datetime import date, timedelta

import pytest

from domain.register import REGISTER_STARTS, lineage, municipalities, same_place, successor
from domain.vocabulary import NisCode

ANTWERPEN, BORSBEEK = NisCode("11002"), NisCode("11007")
LAST_DAY_BEFORE = date(2024, 12, 31)
FIRST_DAY_AFTER = date(2025, 1, 1)


def count_on(day: date) -> int:
    return sum(municipality.valid_on(day) for municipality in municipalities().values())


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(2010, 7, 1), 300),
        (REGISTER_STARTS, 300),
        (LAST_DAY_BEFORE, 300),
        (FIRST_DAY_AFTER, 285),
        (date(2030, 1, 1), 285),
    ],
)
def test_there_are_as_many_municipalities_as_on_that_day(day: date, count: int) -> None:
    assert count_on(day) == count


@pytest.mark.parametrize(
    ("nis", "before", "after"),
    [
        (ANTWERPEN, True, True),
        (BORSBEEK, True, False),
        (NisCode("46029"), False, True),
        (NisCode("46014"), True, False),
    ],
    ids=["stays", "merges into another", "new code", "old code of the same name"],
)
def test_a_code_is_valid_on_its_own_days(nis: NisCode, *, before: bool, after: bool) -> None:
    municipality = municipalities()[nis]
    assert municipality.valid_on(LAST_DAY_BEFORE) is before
    assert municipality.valid_on(FIRST_DAY_AFTER) is after


def test_what_merged_goes_on_in_its_successor() -> None:
    assert successor(BORSBEEK) == ANTWERPEN
    assert successor(ANTWERPEN) == ANTWERPEN
    assert set(lineage(ANTWERPEN)) == {ANTWERPEN, BORSBEEK}
    assert lineage(ANTWERPEN)[0] == ANTWERPEN
    assert lineage(BORSBEEK) == (BORSBEEK,)
    assert [m.name for m in same_place(BORSBEEK)] == ["Antwerpen", "Borsbeek"]


def test_a_successor_begins_the_day_after_its_predecessors_end() -> None:
    for municipality in municipalities().values():
        if municipality.successor is None:
            assert municipality.valid_until is None
            continue
        assert municipality.valid_until is not None
        following = municipalities()[municipality.successor]
        assert following.valid_on(municipality.valid_until + timedelta(days=1))


def test_each_place_has_one_code_on_each_day() -> None:
    """So a refused code can always name the one that is valid instead."""
    for day in (REGISTER_STARTS, LAST_DAY_BEFORE, FIRST_DAY_AFTER):
        for nis in municipalities():
            valid = [m for m in same_place(nis) if m.valid_on(day)]
            assert valid
            if day >= FIRST_DAY_AFTER:
                assert [m.nis for m in valid] == [successor(nis)]
