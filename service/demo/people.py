"""Who take part in the story. All are invented; most go by what they are in the village."""

from typing import Final

from service.demo.steps import Chapter, Step

NETWORK: Final = Step(
    "network member",
    "2019-02-04 09:30",
    "/actors",
    {"kind": "network_member", "name": "Begeleider van het netwerk"},
)
NEIGHBOUR: Final = Step(
    "neighbour",
    "2019-03-12 10:00",
    "/actors",
    {"kind": "citizen", "name": "Buurtbewoner uit de Kerkstraat", "phone": "+32 12 00 00 01"},
)
COMMUNITY_WORKER: Final = Step(
    "community worker",
    "2019-04-02 14:00",
    "/actors",
    {
        "kind": "professional",
        "name": "Opbouwwerker in Haspengouw",
        "organisation": "Buurtwerk Haspengouw",
        "sector": "welfare",
        "mandate": "Drie dorpen, een dag per week; gaat mee met wat buren zelf willen.",
    },
)
ASSOCIATION: Final = Step(
    "association",
    "2019-05-20 19:00",
    "/actors",
    {"kind": "association", "name": "Vereniging De Stroopketel", "vcode": "V0001234"},
)
BORGLOON: Final = Step(
    "local government",
    "2019-05-21 11:00",
    "/actors",
    {
        "kind": "local_government",
        "name": "Lokaal bestuur Borgloon",
        "nis": "73009",
        "policyMaker": "Schepen van welzijn",
        "policyStaff": "Beleidsmedewerker sociaal beleid",
    },
)
NEWCOMER: Final = Step(
    "newcomer",
    "2020-08-10 10:00",
    "/actors",
    {"kind": "citizen", "name": "Nieuwe buur uit de Stationsstraat"},
)
SCHOOL: Final = Step(
    "school",
    "2022-03-07 15:40",
    "/actors",
    {
        "kind": "professional",
        "name": "Brugfiguur van de basisschool",
        "organisation": "Basisschool De Bloesem",
        "sector": "education",
        "mandate": "Ouders bereiken die de weg naar de school niet vinden.",
    },
)
TONGEREN_BORGLOON: Final = Step(
    "new local government",
    "2025-01-13 09:00",
    "/actors",
    {
        "kind": "local_government",
        "name": "Lokaal bestuur Tongeren-Borgloon",
        "nis": "73111",
        "policyStaff": "Beleidsmedewerker sociaal beleid",
    },
)

PEOPLE: Final[Chapter] = (
    NETWORK,
    NEIGHBOUR,
    COMMUNITY_WORKER,
    ASSOCIATION,
    BORGLOON,
    NEWCOMER,
    SCHOOL,
    TONGEREN_BORGLOON,
)
