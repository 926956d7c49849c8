"""Whatever is asked over HTTP, in whatever order: each answer is the one that is due.

After the beginnings of one long story, commands that dice throw are sent to a service on an
empty database and told to a plain model. What they answer is compared step by step; at the end
the history of every thing, and how the things stand.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from domain.commands import Command
from domain.conversations import FACTS, REFUSALS
from domain.facts import Fact
from domain.pilots import NoMotivation
from domain.records import CorrectedMeanwhile, NoSuchEvent
from domain.refusals import Refusal
from tests.conftest import Anew
from tests.journeys.asides import TOLD
from tests.journeys.playing import Play
from tests.journeys.reading_back import check_all

EXAMPLES: Final = 8
STEPS: Final = 200
"""Dice in an example, after the story."""
AT_LEAST: Final = 2_000
"""Steps in a run."""

NEVER_OVER_HTTP: Final[Mapping[type[Refusal], str]] = {
    NoMotivation: "a text without a word in it is wrong input (400) before any rule sees it",
    NoSuchEvent: "what is not there cannot be named, and what would tell of others goes too far",
    CorrectedMeanwhile: "the service puts the fields into the fact as it reads by now, and anew",
}
"""Refusals that a caller who comes alone never hears, and why."""


def test_whatever_is_asked_over_http_the_answer_is_the_one_that_is_due(
    anew: Anew, record_property: Callable[[str, object], None]
) -> None:
    reached: Counter[str] = Counter()
    came_to: Counter[str] = Counter()
    made: dict[type[Command], type[Fact]] = {}

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        # No shrinking, which would take minutes: a run ends at the step that fails, and says
        # what was told of the thing before.
        phases=[Phase.explicit, Phase.generate],
    )
    @example(chapters=len(TOLD), seed=0)
    @given(chapters=st.integers(5, len(TOLD)), seed=st.integers(0, 2**32 - 1))
    def play(chapters: int, seed: int) -> None:
        with anew() as api:
            run = Play(api, reached, made)
            for told in TOLD[:chapters]:
                run.tell(told)
            for place in range(STEPS):
                run.throw(f"{seed} {place}")
            histories = check_all(api, run.model)
        came_to.update(
            {
                "steps": run.steps,
                "refusals found right once more": run.judged,
                "histories compared": histories,
            }
        )

    play()
    expected = [kind.__name__ for kind in (*FACTS, *REFUSALS)]
    counts = {name: reached[name] for name in (*expected, "200", "400", "404", "412")}
    print("\n", dict(came_to), counts)  # noqa: T201 - shown with -s
    record_property("came to", dict(came_to))
    record_property("reached", counts)
    assert came_to["steps"] >= AT_LEAST
    missed = {name for name in expected if not reached[name]}
    never = {refusal.__name__ for refusal in NEVER_OVER_HTTP}
    assert missed == never, "make it likelier in tests/domain/dice.py or tests/journeys/asides.py"
