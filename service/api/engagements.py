"""`/municipalities/{nis}/…`: what a municipality and the network do together."""

from typing import Final

from domain.engagements import (
    AgreeApproach,
    ChooseMunicipalRole,
    EngageMunicipality,
    IdentifyLocalNeed,
    IdentifyLocalPerson,
)
from service.api.samples import ACTOR, GOVERNMENT, MEMBER
from service.api.writing import records

ROUTES: Final = (
    records(
        "/municipalities/{municipality:str}/engagements",
        EngageMunicipality,
        example={
            "purpose": "Zien wat er al beweegt, en wat de stad daarbij kan doen.",
            "agreedBy": [GOVERNMENT, MEMBER],
        },
    ),
    records(
        "/municipalities/{municipality:str}/needs",
        IdentifyLocalNeed,
        example={
            "need": "Nieuwe buren vinden de weg niet naar wat er al is.",
            "situation": "In de nieuwe straten achter het station kent niemand elkaar.",
            "themes": ["ontmoeting"],
            "identifiedBy": GOVERNMENT,
        },
    ),
    records(
        "/municipalities/{municipality:str}/roles",
        ChooseMunicipalRole,
        example={"role": "linker", "reason": "De initiatieven kennen elkaar nog niet."},
    ),
    records(
        "/municipalities/{municipality:str}/people",
        IdentifyLocalPerson,
        example={
            "person": ACTOR,
            "activity": "Brengt de buren van de Kouter samen rond de soep.",
            "agreedOn": "2024-02-12",
        },
    ),
    records(
        "/municipalities/{municipality:str}/approaches",
        AgreeApproach,
        example={
            "approach": "Eerst een ronde langs wie al iets doet, dan pas een oproep.",
            "toGetStarted": ["Een halve dag per week van de buurtwerker."],
            "agreedBy": [GOVERNMENT, MEMBER],
        },
    ),
)
