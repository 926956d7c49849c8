"""2019: a neighbour's question, an evening to tell what exists, and an initiative that starts."""

from typing import Final

from service.demo.steps import Chapter, Id, Step

QUESTION: Final[Chapter] = (
    Step(
        "question",
        "2019-03-12 10:10",
        "/requests",
        {
            "askedBy": Id("neighbour"),
            "audience": "citizens",
            "question": "Elk jaar rot hier fruit onder de bomen, en er zijn buren die het graag "
            "zouden plukken. Hoe brengen we die samen zonder dat het ons boven het hoofd groeit?",
            "municipality": "73009",
            "channel": "phone",
            "dueOn": "2019-04-12",
            "reference": "2019-004",
        },
        behalf="neighbour",
    ),
    Step(
        "question triaged",
        "2019-03-14 09:15",
        "/requests/{question}/triage",
        {"track": "inform", "reason": "Er is veel goesting; ze willen zien wat elders al lukt."},
    ),
    Step(
        "question assigned",
        "2019-03-14 09:20",
        "/requests/{question}/assignments",
        {"assignee": Id("network member")},
    ),
    Step(
        "visit",
        "2019-03-21 20:00",
        "/requests/{question}/steps",
        {
            "activity": "Huisbezoek: aan de keukentafel getekend wie een boom heeft, wie een "
            "ladder en wie een keuken.",
            "handledBy": Id("network member"),
        },
        happened="2019-03-21 18:30",
        behalf="network member",
    ),
)

EVENING: Final[Chapter] = (
    Step(
        "evening planned",
        "2019-04-08 11:00",
        "/sessions",
        {
            "title": "Wat beweegt er al bij ons?",
            "municipality": "73009",
            "plannedAt": "2019-05-16T17:30:00Z",
            "hosts": [Id("network member")],
        },
    ),
    Step(
        "evening held",
        "2019-05-17 09:00",
        "/sessions/{evening planned}/reports",
        {
            "attendance": [
                {"audience": "citizens", "people": 19},
                {"audience": "professionals", "people": 3},
                {"audience": "local_governments", "people": 2},
            ],
            "participants": [Id("neighbour"), Id("community worker")],
            "questions": [
                "Hoe vragen we iets aan buren die nooit iets vragen?",
                "Wat als er meer fruit is dan handen?",
            ],
            "examplesTold": ["De ruilkast die een leeskring werd."],
        },
        happened="2019-05-16 21:30",
        behalf="network member",
    ),
)

START: Final[Chapter] = (
    Step(
        "initiative",
        "2019-06-03 20:15",
        "/initiatives",
        {
            "name": "De Plukronde",
            "initiators": [Id("neighbour"), Id("association")],
            "municipality": "73009",
            "neighbourhood": "Rond de Kerkstraat",
            "themes": ["fruit", "ontmoeting", "generaties"],
            "strengths": ["De oudste buren weten van elke boom wanneer hij rijp is."],
            "appetite": "We willen plukken mét de mensen van wie de bomen zijn, niet vóór hen.",
        },
        behalf="neighbour",
    ),
    Step(
        "question linked",
        "2019-06-04 09:00",
        "/requests/{question}/links",
        {"initiative": Id("initiative")},
    ),
    Step(
        "kettle",
        "2019-06-20 21:00",
        "/initiatives/{initiative}/strengths",
        {
            "strength": "De vereniging heeft een stroopketel, en leden die hem kunnen stoken.",
            "identifiedBy": Id("association"),
        },
        behalf="association",
    ),
    Step(
        "community worker joined",
        "2019-06-24 16:00",
        "/initiatives/{initiative}/participants",
        {"participant": Id("community worker"), "role": "partner"},
    ),
    Step(
        "first look",
        "2019-07-01 11:30",
        "/initiatives/{initiative}/assessments",
        {
            "strengthBased": 3,
            "networkStrengthening": 2,
            "reason": "De trekkers doen veel zelf; nieuwe buren vinden de weg nog niet.",
            "assessedBy": Id("network member"),
        },
        behalf="network member",
    ),
)

CHAPTERS: Final = (QUESTION, EVENING, START)
