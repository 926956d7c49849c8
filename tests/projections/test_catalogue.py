"""Laws of all views: kept event by event or folded anew, the rows are the same."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from domain.conversations import AnyFact
from domain.facts import Fact, Past, tags
from projections.catalogue import VIEWS, view
from projections.months import MONTH
from projections.view import View, fold, needs_refold, touched
from service.api.listing import KINDS
from service.log.leaf import seal
from tests.facts import CORRECTION, STORY, recorded

each_view = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)


def about(view: View, key: str, log: Past) -> Past:
    """What a log answers when asked for all that concerns a row."""
    if view.once:  # It is known by its event what else tells of it.
        return log
    wanted = set(view.about(key))
    return [event for event in log if wanted & tags(event.fact)]


def kept(view: View, log: Past) -> Mapping[str, Any]:
    """The rows as the projector keeps them, each stored and loaded between two events."""
    docs: dict[str, bytes] = {}
    for number, event in enumerate(log, start=1):
        for key in touched(view, event):
            if needs_refold(view, event):
                row = fold(view, key, about(view, key, log[:number]))
            else:
                before = docs.get(key)
                row = msgspec.json.decode(before, type=view.row) if before else view.empty(key)
                row = view.evolve(row, event)
            docs[key] = msgspec.json.encode(row)
    return docs


def folded(view: View, log: Past) -> Mapping[str, Any]:
    keys = {key for event in log for key in touched(view, event)}
    return {key: msgspec.json.encode(fold(view, key, about(view, key, log))) for key in keys}


@each_view
def test_rows_kept_event_by_event_equal_rows_folded_anew(view: View) -> None:
    assert kept(view, STORY) == folded(view, STORY)


@each_view
@settings(max_examples=10, deadline=None)
@given(order=st.permutations(range(len(STORY) - 1)), cut=st.integers(1, len(STORY) - 1))
def test_so_they_do_in_any_order_with_a_correction_at_any_place(
    view: View, order: list[int], cut: int
) -> None:
    corrected = CORRECTION.position - 1
    others = [STORY[i].fact for i in order if i != corrected]
    correction = structs.replace(CORRECTION, position=1)
    facts = [STORY[corrected].fact, *others[:cut], correction, *others[cut:]]
    log = [recorded(fact, position) for position, fact in enumerate(facts, start=1)]
    assert kept(view, log) == folded(view, log)


@pytest.mark.parametrize("view", [view for view in VIEWS if view.once], ids=lambda v: v.name)
def test_rows_that_an_event_makes_whole_are_those_that_it_makes_of_empty_ones(view: View) -> None:
    assert view.once is not None
    for event in STORY:
        whole = {attrgetter(*view.key)(row): row for row in view.once(event)}
        assert whole == {key: view.evolve(view.empty(key), event) for key in whole}
        assert whole.keys() == {key for key in touched(view, event) if event.position in key}


@pytest.mark.parametrize("view", [view for view in VIEWS if not view.texts], ids=lambda v: v.name)
def test_a_view_that_looks_at_no_texts_makes_the_same_rows_of_what_is_sealed(view: View) -> None:
    log = [structs.replace(event, fact=sealed(event.fact)) for event in STORY]
    assert log != STORY
    assert kept(view, log) == kept(view, STORY)


def sealed(fact: Fact) -> Fact:
    return msgspec.convert(msgspec.to_builtins(seal(fact).fact), AnyFact)


@each_view
def test_a_row_knows_the_last_event_that_concerns_it(view: View) -> None:
    last = {key: event.position for event in STORY for key in touched(view, event)}
    for key, doc in kept(view, STORY).items():
        row = msgspec.json.decode(doc, type=view.row)
        assert getattr(row, "version", last[key]) == last[key]


@each_view
def test_each_column_holds_what_its_type_says(view: View) -> None:
    for doc in kept(view, STORY).values():
        row = msgspec.json.decode(doc, type=view.row)
        for column in view.columns.values():
            value = column.value(row)
            items = value if column.type.endswith("[]") else [value]
            assert isinstance(items, list)
            assert all(item is None or isinstance(item, KINDS[column.type]) for item in items)


@each_view
def test_indexes_are_of_columns(view: View) -> None:
    made = {MONTH} if view.by_month else set[str]()
    named = {name for names in (*view.indexes, view.beside) for name in names}
    assert named <= view.columns.keys() | made


def test_a_view_is_found_by_its_name() -> None:
    assert [view(known.name) for known in VIEWS] == list(VIEWS)
    with pytest.raises(KeyError):
        view("nothing")
