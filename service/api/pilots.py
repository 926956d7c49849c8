"""`/pilots`: proeftuinen, from proposal to what they taught."""

from typing import Final

from domain.outcomes import HarvestOutcome, VerifyOutcome
from domain.pilots import (
    DecidePilot,
    GiveConsent,
    LearnLesson,
    ProposePilot,
    RecordObservation,
    WithdrawConsent,
)
from projections.pilots import VIEW
from service.api.histories import READERS, histories
from service.api.listing import lists
from service.api.reading import things
from service.api.samples import ACTOR, GOVERNMENT, INITIATIVE, MEMBER, PROFESSIONAL, VOLUNTEER
from service.api.writing import records

ROUTES: Final = (
    records(
        "/pilots",
        ProposePilot,
        example={
            "initiative": INITIATIVE,
            "municipality": "44083",
            "title": "De lange tafel",
            "hypothesis": "Wie een recept brengt, komt terug.",
            "aim": "Minder mensen die alleen eten.",
            "partners": [PROFESSIONAL, GOVERNMENT],
            "startsOn": "2024-09-01",
            "endsOn": "2025-08-31",
        },
    ),
    records("/pilots/{pilot:str}/consents", GiveConsent, example={"initiator": ACTOR}),
    records(
        "/pilots/{pilot:str}/consentWithdrawals",
        WithdrawConsent,
        example={"initiator": ACTOR, "reason": "Het gaat te snel voor ons."},
    ),
    records(
        "/pilots/{pilot:str}/decisions",
        DecidePilot,
        example={
            "decision": "approve",
            "deciders": [MEMBER, GOVERNMENT],
            "motivation": "Het vertrekt van wat de buren zelf al doen.",
            "conditions": ["Na drie maanden kijken we samen terug."],
        },
    ),
    records(
        "/pilots/{pilot:str}/observations",
        RecordObservation,
        example={"indicator": "Mensen aan tafel", "value": "34", "unit": "mensen"},
    ),
    records(
        "/pilots/{pilot:str}/lessons",
        LearnLesson,
        example={
            "learnt": "Een vraag om hulp bindt meer dan een uitnodiging.",
            "evidence": [1],
            "learntBy": [ACTOR],
        },
    ),
    records(
        "/pilots/{pilot:str}/outcomes",
        HarvestOutcome,
        example={
            "description": "Sinds de herfst van 2024 dekken buren van drie straten zelf de tafel.",
            "significance": "Wie alleen at, kookt nu voor anderen.",
            "contribution": "De proeftuin bracht hen de eerste keer samen.",
            "sources": ["Gesprek met vier buren op 12 november."],
            "harvestedBy": MEMBER,
        },
    ),
    records(
        "/pilots/{pilot:str}/outcomes/{outcome:str}/verifications",
        VerifyOutcome,
        example={
            "verifiedBy": VOLUNTEER,
            "verdict": "confirmed",
            "note": "Drie keer gaan kijken; telkens stonden er andere buren achter het fornuis.",
        },
    ),
    lists(VIEW, "pilots", roles=READERS),
    things(VIEW, "pilots", "pilot", roles=READERS),
    histories(VIEW, "pilots", "pilot", roles=READERS),
)
