"""2025: Borgloon has become part of Tongeren-Borgloon, and the initiative lives on."""

from typing import Final

from service.demo.steps import Chapter, Id, Step

NEW_TOWN: Final[Chapter] = (
    Step(
        "question of the town",
        "2025-02-06 10:00",
        "/requests",
        {
            "askedBy": Id("new local government"),
            "audience": "local_governments",
            "question": "Ook in Tongeren staan bomen vol. Wat kan ons bestuur doen opdat buren "
            "er zelf aan beginnen?",
            "municipality": "73111",
            "channel": "meeting",
            "dueOn": "2025-03-31",
        },
        behalf="new local government",
    ),
    Step(
        "question of the town triaged",
        "2025-02-10 09:30",
        "/requests/{question of the town}/triage",
        {"track": "inform", "reason": "Eerst tonen wat er al leeft; daarna beslissen de buren."},
    ),
    Step(
        "question of the town linked",
        "2025-02-10 09:35",
        "/requests/{question of the town}/links",
        {"initiative": Id("initiative")},
    ),
    Step(
        "town joined",
        "2025-02-24 14:00",
        "/initiatives/{initiative}/participants",
        {"participant": Id("new local government"), "role": "facilitator"},
        behalf="new local government",
    ),
    Step(
        "evening in town planned",
        "2025-03-03 11:00",
        "/sessions",
        {
            "title": "Plukrondes, ook in onze straat?",
            "municipality": "73111",
            "plannedAt": "2025-04-03T17:30:00Z",
            "hosts": [Id("network member"), Id("neighbour")],
        },
    ),
    Step(
        "evening in town held",
        "2025-04-04 09:00",
        "/sessions/{evening in town planned}/reports",
        {
            "attendance": [
                {"audience": "citizens", "people": 37},
                {"audience": "professionals", "people": 6},
                {"audience": "local_governments", "people": 3},
            ],
            "participants": [Id("neighbour"), Id("newcomer"), Id("new local government")],
            "questions": ["Wie van ons heeft al een ladder?"],
            "examplesTold": ["De Plukronde, verteld door de buren zelf."],
        },
        happened="2025-04-03 21:30",
        behalf="neighbour",
    ),
    Step(
        "question of the town answered",
        "2025-04-10 10:00",
        "/requests/{question of the town}/answers",
        {"answer": "Maak ruimte, breng mensen samen en laat de buren van Borgloon vertellen."},
        behalf="network member",
    ),
    Step(
        "question of the town closed",
        "2025-05-15 10:00",
        "/requests/{question of the town}/closures",
        {"outcome": "helped", "explanation": "Twee straten zijn uit zichzelf begonnen."},
    ),
    Step(
        "wider",
        "2025-09-18 20:00",
        "/initiatives/{initiative}/descriptions",
        {
            "neighbourhood": "Zes straten in Borgloon en twee in Tongeren",
            "themes": ["fruit", "ontmoeting", "generaties", "nieuwkomers"],
        },
        behalf="neighbour",
    ),
)

CHAPTERS: Final = (NEW_TOWN,)
