"""docs/rules.md: what the rules ask, and how a refusal says that one does not allow something."""

from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any, Final

from domain import conversations
from domain.conversations import CONVERSATIONS, REFUSALS, Conversation
from domain.refusals import Refusal
from service.api.problems import problem_type
from tests.documents import markdown
from tests.documents.events import titled
from tests.documents.markdown import code, codes, table

ABOUT: Final = """\
Each decision names the past events it depends on and is refused if they do not allow it. A refusal
is answered with status 409, a `type` that names it, its rule, its sentence in Dutch and in English,
and the positions of the events that stand in the way (`blockedBy`). `{…}` stands for a detail: an
id, a number, a date or a choice, never a personal detail or a free text."""

RULES: Final = {
    1: "Citizens or an association start an initiative; nobody else can be its initiator.",
    2: "A pilot starts from an active initiative that still has an initiator, and from the "
    "strengths and the appetite (goesting) recorded for it.",
    3: "A pilot is proposed where the municipality has adopted a social policy plan that covers "
    "the day on which the pilot starts. A partnership is not asked for a pilot.",
    4: "Professionals and local governments join a pilot as partners. A partnership with a "
    "municipality needs its adopted plan, and none is dated before 2020.",
    5: "A pilot is approved with the consent of every present initiator, at least one step of "
    "co-creation, a motivation and a decider.",
    6: "Decisions follow the life of the pilot: proposed, perhaps deferred, approved or rejected; "
    "once approved adjusted, paused and resumed, extended, scaled, stopped or completed. A consent "
    "that is withdrawn pauses it. What decisions and lessons cite must concern the pilot.",
    7: "A workshop starts from a participant's question; it is held once, as is an info session.",
    8: "Who contributes or answers takes part in the initiative or in the trajectory.",
    9: "A request is triaged before it is answered, lives one life at a time, and closes with an "
    "outcome. What others want for people is declined, or turned into what starts from them.",
    10: "Enterprise numbers, VCodes and NIS codes belong to one actor each and are real; a "
    "municipality exists on the date.",
    11: "A statement of a blueprint cites a lesson; a published one rests on two pilots or more. "
    "An outcome states its sources and is verified by somebody who stands apart from it: not who "
    "harvested it or on whose behalf that was recorded, no partner of the pilot, and nobody who "
    "ever took part in its initiative.",
    12: "An erased actor takes part in nothing new; its past stays, countable and nameless. A "
    "duplicate is merged once, with one of its own kind, and takes part as the one that is kept.",
    13: "Nothing is recorded that has yet to happen, or as if it came before what it builds on. An "
    "import records the latter all the same, marked out of order. A correction keeps this so.",
    14: "Who is named as the teller of an example, or as somebody who is active in a municipality, "
    "has agreed to it. What was withdrawn from the catalogue is not revised, and not pointed to.",
    15: "A municipality chooses a role and agrees on an approach once it is engaged.",
    16: "A professional, and nobody else, reflects on the own role or makes a bridge.",
    17: "An ambition counts to one at least, by a day that is still to come.",
}


def page() -> str:
    shared = _of_any_command()
    everywhere = "\n\n".join(
        ["## Any command", "These can stop every command.", _table(_in_order(shared))]
    )
    talks = [_conversation(talk, shared) for talk in CONVERSATIONS]
    return markdown.page("Rules and refusals", ABOUT, _rules(), everywhere, *talks)


def _rules() -> str:
    rows: list[tuple[str, str, str]] = []
    for number, text in RULES.items():
        own = [refusal.__name__ for refusal in REFUSALS if number == refusal.RULE]
        rows.append((str(number), text, codes(own) or "none yet"))
    return "\n\n".join(["## The rules", table(("rule", "what it asks", "refusals"), rows)])


def _conversation(talk: Conversation, shared: set[type[Refusal]]) -> str:
    commands = codes(command.__name__ for command in talk.commands)
    found = _in_order(reached(talk.decide) - shared)
    parts = [f"## {titled(talk.name)}", f"Commands: {commands}."]
    return "\n\n".join([*parts, _table(found) if found else "It has no refusals of its own."])


def _table(refusals: list[type[Refusal]]) -> str:
    rows = [(str(r.RULE), code(problem_type(r.__name__)), r.NL, r.EN) for r in refusals]
    return table(("rule", "type", "Dutch", "English"), rows)


def _in_order(refusals: set[type[Refusal]]) -> list[type[Refusal]]:
    return sorted(refusals, key=lambda refusal: (refusal.RULE, REFUSALS.index(refusal)))


def _of_any_command() -> set[type[Refusal]]:
    return reached(conversations.decide)


def reached(start: Any) -> set[type[Refusal]]:
    """The refusals that a function of the domain names, or one that it calls does."""
    found: set[type[Refusal]] = set()
    seen: set[FunctionType] = set()
    waiting = [start]
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        for name in _names(function.__code__):
            match function.__globals__.get(name):
                case FunctionType() as called if called.__module__.startswith("domain."):
                    waiting.append(called)
                case type() as kind if issubclass(kind, Refusal) and kind is not Refusal:
                    found.add(kind)
                case _:
                    pass
    return found


def _names(function: CodeType) -> Iterator[str]:
    """Every name in a function, those of the functions inside it too."""
    yield from function.co_names
    for constant in function.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
