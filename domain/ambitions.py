"""Ambitions: how many of what are to be there by a day."""

from datetime import date, datetime
from enum import StrEnum

from domain.boundaries import Boundary
from domain.commands import Command
from domain.days import day_of
from domain.facts import Fact, Recorded, as_fact
from domain.refusals import Refusal
from domain.vocabulary import AmbitionId, Narrative, Reference, Visibility


class Counted(StrEnum):
    """What an ambition counts; a pilot counts once it was approved, whatever became of it."""

    MUNICIPALITIES_WITH_PILOT = "municipalities_with_pilot"
    PILOTS = "pilots"


# Facts. These names are stored: never rename one.


class AmbitionSet(Fact, frozen=True, kw_only=True, tag="ambition.set"):
    NL = "Ambitie: {target} {counted} tegen {by}"
    EN = "Ambition: {target} {counted} by {by}"
    VISIBILITY = Visibility.PUBLIC

    ambition: AmbitionId
    statement: Narrative
    counted: Counted
    target: int
    by: date
    """The last day that counts."""
    reference: Reference | None = None


AmbitionFact = AmbitionSet


# Commands.


class SetAmbition(Command, frozen=True, kw_only=True):
    """State how many of what are to be there by a day."""

    FOUNDS = True

    ambition: AmbitionId
    statement: Narrative
    counted: Counted
    target: int
    by: date
    reference: Reference | None = None


# Refusals.


class NothingAimedAt(Refusal):
    RULE = 17
    NL = "Een ambitie telt tot minstens één."
    EN = "An ambition counts to one at least."


class AlreadyPast(Refusal):
    RULE = 17
    NL = "Een ambitie ligt voor ons: {by} is op die dag al voorbij."
    EN = "An ambition lies ahead: {by} is past on that day."


# Decisions: an ambition rests on nothing that happened.


def start(_command: SetAmbition) -> None:
    return None


def boundary(_command: SetAmbition, _past: object) -> Boundary:
    return ()


def evolve(_state: None, _recorded: Recorded) -> None:
    return None


def decide(command: SetAmbition, _state: None, at: datetime) -> list[Fact]:
    check_ahead(command, at)
    return [as_fact(AmbitionSet, command)]


def check_ahead(ambition: SetAmbition | AmbitionSet, at: datetime) -> None:
    """Check that an ambition counts to something, by a day that was still to come (rule 17).

    Raises:
        NothingAimedAt: if it counts to nothing.
        AlreadyPast: if the day was past.
    """
    if ambition.target < 1:
        raise NothingAimedAt
    if ambition.by < day_of(at):
        raise AlreadyPast(by=ambition.by)


REFUSALS = (NothingAimedAt, AlreadyPast)
