"""Ambitions: what is aimed at lies ahead (rule 17)."""

from datetime import date

from msgspec.structs import replace

from domain.ambitions import AlreadyPast, AmbitionSet, Counted, NothingAimedAt, SetAmbition
from domain.facts import as_fact
from tests.domain.scenario import given
from tests.facts import AMBITION, SAMPLES

SET = SetAmbition(
    ambition=AMBITION,
    statement=SAMPLES[AmbitionSet].statement,  # pyright: ignore[reportAttributeAccessIssue]
    counted=Counted.MUNICIPALITIES_WITH_PILOT,
    target=30,
    by=date(2023, 12, 31),
)


def test_an_ambition_is_set() -> None:
    given().when(SET, at="2019-03-01").then(as_fact(AmbitionSet, SET))
    given().when(SET, at="2023-12-31").then(as_fact(AmbitionSet, SET))


def test_an_ambition_lies_ahead() -> None:
    given().when(SET, at="2024-01-01").refused(AlreadyPast)


def test_an_ambition_counts_to_one_at_least() -> None:
    given().when(replace(SET, target=0), at="2019-03-01").refused(NothingAimedAt)
