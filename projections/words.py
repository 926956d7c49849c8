"""The words of the two languages: how they write a day, and call the choices in a fact."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, Literal, NamedTuple

from domain.ambitions import Counted
from domain.co_creation import StepKind
from domain.engagements import MunicipalRole
from domain.examples import ExampleKind
from domain.initiatives import Role
from domain.notes import NoteFor
from domain.outcomes import Verdict
from domain.pilots import Decision
from domain.support_requests import Channel, Outcome
from domain.vocabulary import ActorKind, Track


class Language(NamedTuple):
    code: Literal["nl", "en"]
    conjunction: str
    clock: str
    months: Sequence[str]


# fmt: off
NL: Final = Language("nl", " en ", " om %H.%M uur", (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
))
EN: Final = Language("en", " and ", " at %H:%M", (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
))
# fmt: on


class Words(NamedTuple):
    nl: str
    en: str


# By type first: members of two enums that share a value are equal as keys.
WORDS: Final[Mapping[type[StrEnum], Mapping[StrEnum, Words]]] = {
    ActorKind: {
        ActorKind.CITIZEN: Words("burger", "citizen"),
        ActorKind.ASSOCIATION: Words("vereniging", "association"),
        ActorKind.LOCAL_GOVERNMENT: Words("lokaal bestuur", "local government"),
        ActorKind.PROFESSIONAL: Words("professional", "professional"),
        ActorKind.NETWORK_MEMBER: Words("lid van het netwerk", "network member"),
    },
    Track: {
        Track.INFORM: Words("informeren", "inform"),
        Track.INSPIRE: Words("inspireren", "inspire"),
        Track.INNOVATE: Words("innoveren", "innovate"),
    },
    Channel: {
        Channel.WEB: Words("website", "website"),
        Channel.EMAIL: Words("e-mail", "e-mail"),
        Channel.PHONE: Words("telefoon", "phone"),
        Channel.POST: Words("brief", "letter"),
        Channel.DESK: Words("loket", "desk"),
        Channel.MEETING: Words("gesprek", "meeting"),
        Channel.INTERNAL: Words("intern", "internal"),
    },
    Outcome: {
        Outcome.HELPED: Words("geholpen", "helped"),
        Outcome.REFERRED: Words("doorverwezen", "referred"),
        Outcome.LIVES_ON: Words("leeft voort", "lives on"),
        Outcome.NOT_PURSUED: Words("niet voortgezet", "not pursued"),
    },
    Role: {
        Role.INITIATOR: Words("initiatiefnemer", "initiator"),
        Role.PARTNER: Words("partner", "partner"),
        Role.VOLUNTEER: Words("vrijwilliger", "volunteer"),
        Role.FACILITATOR: Words("facilitator", "facilitator"),
    },
    ExampleKind: {
        ExampleKind.EXAMPLE: Words("voorbeeld", "example"),
        ExampleKind.STORY: Words("verhaal", "story"),
        ExampleKind.TESTIMONY: Words("getuigenis", "testimony"),
    },
    MunicipalRole: {
        MunicipalRole.FACILITATOR: Words("facilitator", "facilitator"),
        MunicipalRole.LINKER: Words("verbinder", "linker"),
        MunicipalRole.FINDER: Words("vinder", "finder"),
        MunicipalRole.PARTNER: Words("partner", "partner"),
    },
    StepKind: {
        StepKind.EXPLORE: Words("verkennen", "explore"),
        StepKind.IMAGINE: Words("verbeelden", "imagine"),
        StepKind.PROTOTYPE: Words("uitwerken", "prototype"),
        StepKind.TEST: Words("uitproberen", "test"),
        StepKind.REFLECT: Words("terugblikken", "reflect"),
    },
    Decision: {
        Decision.APPROVE: Words("goedgekeurd", "approved"),
        Decision.REJECT: Words("afgewezen", "rejected"),
        Decision.DEFER: Words("uitgesteld", "deferred"),
        Decision.ADJUST: Words("bijgestuurd", "adjusted"),
        Decision.PAUSE: Words("gepauzeerd", "paused"),
        Decision.RESUME: Words("hervat", "resumed"),
        Decision.EXTEND: Words("verlengd", "extended"),
        Decision.SCALE: Words("opgeschaald", "scaled up"),
        Decision.STOP: Words("stopgezet", "stopped"),
        Decision.COMPLETE: Words("voltooid", "completed"),
    },
    NoteFor: {
        NoteFor.INTERNAL: Words("intern", "internal"),
        NoteFor.SHARED: Words("gedeeld", "shared"),
    },
    Counted: {
        Counted.MUNICIPALITIES_WITH_PILOT: Words(
            "gemeenten met een proeftuin", "municipalities with a pilot"
        ),
        Counted.PILOTS: Words("proeftuinen", "pilots"),
    },
    Verdict: {
        Verdict.CONFIRMED: Words("bevestigd", "confirmed"),
        Verdict.PARTLY_CONFIRMED: Words("deels bevestigd", "partly confirmed"),
        Verdict.NOT_CONFIRMED: Words("niet bevestigd", "not confirmed"),
    },
}

STANDINGS: Final[Mapping[str, str]] = {
    "proposed": "voorgesteld",
    "approved": "goedgekeurd",
    "paused": "gepauzeerd",
    "rejected": "afgewezen",
    "finished": "afgelopen",
    "consent": "instemming",
}
"""What refusals call where a pilot stands, and what is asked of it."""


def dutch(value: object) -> object:
    """A detail of a refusal in Dutch, if it is a choice that has a word; else as it is."""
    if isinstance(value, StrEnum):
        word = WORDS.get(type(value), {}).get(value)
        return word.nl if word else value
    return STANDINGS.get(value, value) if isinstance(value, str) else value
