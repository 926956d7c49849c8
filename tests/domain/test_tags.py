"""Tags are the ids of what a fact concerns, found in a shorter way."""

import pytest

from domain.conversations import FACTS
from domain.facts import Fact, carries, concerns, tags
from tests.facts import SAMPLES


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_a_fact_is_found_from_everything_that_it_concerns(fact: type[Fact]) -> None:
    sample = SAMPLES[fact]
    assert tags(sample) == {concern.id for concern in concerns(sample)}
    assert tags(sample)
    assert all(carries(sample, tag) for tag in tags(sample))
    assert not any(carries(sample, tag[1:]) for tag in tags(sample))
