"""What goes to the server together: of the requests in a batch none depends on another."""

from hypothesis import given
from hypothesis import strategies as some

from service.log.batch import Batch
from service.log.draft import Draft, Entry, Selector

KINDS = some.integers(1, 4)
TAGS = some.integers(5, 9)


@some.composite
def entries(draw: some.DrawFn) -> Entry:
    tags = draw(some.sets(TAGS, max_size=3))
    return Entry(bytes(16), "x", (draw(KINDS), *tags), b"", b"")


@some.composite
def selectors(draw: some.DrawFn) -> Selector:
    tags, kinds = draw(some.lists(TAGS, max_size=2)), draw(some.lists(KINDS, max_size=2))
    return Selector(tuple(tags), tuple(kinds))


@some.composite
def drafts(draw: some.DrawFn) -> Draft:
    return Draft(
        entries=draw(some.lists(entries(), max_size=2)),
        selectors=tuple(draw(some.lists(selectors(), max_size=2))),
        key=draw(some.sampled_from([None, None, b"a", b"b"])),
        owners=draw(some.sampled_from([{}, {}, {"owner": b"key"}])),
        size=1,
    )


@given(some.lists(drafts(), min_size=2, max_size=8))
def test_a_batch_takes_what_depends_on_none_of_those_that_it_took(asked: list[Draft]) -> None:
    batch, taken = Batch(), list[Draft]()
    for draft in asked:
        depends = any(depends_on(draft, earlier) for earlier in taken)
        assert batch.takes(draft) is not depends
        if not depends:
            taken.append(draft)


def depends_on(draft: Draft, earlier: Draft) -> bool:
    """Whether what an earlier request does is what a later one asks for, or brings too."""
    named = any(s.selects(entry) for s in draft.selectors for entry in earlier.entries)
    same_key = draft.key is not None and draft.key == earlier.key
    return named or same_key or not earlier.owners.keys().isdisjoint(draft.owners)
