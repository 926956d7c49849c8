"""`/pilots`: proeftuinen, from proposal to what they taught."""

from typing import Final

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
from service.api.reading import lists, things
from service.api.samples import ACTOR, GOVERNMENT, INITIATIVE, MEMBER, PROFESSIONAL
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
            "lesson": "Een vraag om hulp bindt meer dan een uitnodiging.",
            "evidence": [1],
            "learntBy": [ACTOR],
        },
    ),
    lists(VIEW, "pilots", roles=READERS),
    things(VIEW, "pilots", "pilot", roles=READERS),
    histories(VIEW, "pilots", "pilot", roles=READERS),
)
