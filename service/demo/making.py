"""2020 and 2021: a workshop from the neighbours' own questions, and what they made together."""

from typing import Final

from service.demo.steps import Chapter, Id, Step

WORKSHOP: Final[Chapter] = (
    Step(
        "workshop",
        "2020-01-13 10:00",
        "/workshops",
        {
            "title": "Van plukdag naar plukronde",
            "initiatives": [Id("initiative")],
            "municipality": "73009",
            "plannedAt": "2020-02-13T18:30:00Z",
            "participants": [Id("community worker")],
            "questions": [
                {
                    "askedBy": Id("neighbour"),
                    "question": "Hoe blijft het plezant als niet altijd dezelfden trekken?",
                },
                {
                    "askedBy": Id("association"),
                    "question": "Hoe vragen we oudere buren om hulp, en niet alleen of ze die "
                    "nodig hebben?",
                },
            ],
        },
    ),
    Step(
        "workshop held",
        "2020-02-14 09:30",
        "/workshops/{workshop}/reports",
        {
            "participants": [Id("neighbour"), Id("association"), Id("community worker")],
            "attendance": 12,
        },
        happened="2020-02-13 22:00",
        behalf="network member",
    ),
    Step(
        "insight",
        "2020-02-14 09:40",
        "/workshops/{workshop}/insights",
        {
            "insight": "Wie een boom heeft, wil geen hulp krijgen maar wel iets te geven hebben.",
            "voicedBy": Id("association"),
        },
        happened="2020-02-13 22:00",
        behalf="association",
    ),
    Step(
        "tool",
        "2020-02-14 09:45",
        "/workshops/{workshop}/tools",
        {
            "tool": "Een netwerkkaart van de straat: wie kent wie, wie kan wat, wie heeft wat.",
            "receivedBy": [Id("neighbour"), Id("association")],
        },
        happened="2020-02-13 22:00",
        behalf="network member",
    ),
    Step(
        "approach",
        "2020-02-17 14:00",
        "/workshops/{workshop}/approaches",
        {
            "initiative": Id("initiative"),
            "proposal": "Geef elke boom een meter of peter uit een ander huis: de eigenaar leert "
            "aan, de peter plukt, en samen kiezen ze naar wie een derde van het fruit gaat.",
        },
        behalf="network member",
    ),
    Step(
        "approach taken up",
        "2020-02-27 20:30",
        "/workshops/{workshop}/approaches/{approach}/answers",
        {
            "answer": "taken_up",
            "answeredBy": Id("neighbour"),
            "reason": "Zo hoeft niemand hulp te vragen. We beginnen met zeven bomen.",
        },
        behalf="neighbour",
    ),
    Step(
        "question answered",
        "2020-03-02 10:00",
        "/requests/{question}/answers",
        {
            "answer": "Een infosessie, een workshop en een netwerkkaart; de buren gaan zelf "
            "verder met meters en peters, en bellen als het wringt."
        },
    ),
    Step(
        "rest",
        "2020-03-18 09:00",
        "/initiatives/{initiative}/rests",
        {"reason": "Niemand mag bij elkaar over de vloer; we bellen elkaar wel."},
        behalf="neighbour",
    ),
    Step(
        "resumption",
        "2020-06-15 18:00",
        "/initiatives/{initiative}/resumptions",
        {},
        behalf="neighbour",
    ),
)

CO_CREATION: Final[Chapter] = (
    Step(
        "newcomer joined",
        "2020-08-10 10:05",
        "/initiatives/{initiative}/participants",
        {"participant": Id("newcomer"), "role": "volunteer"},
        behalf="newcomer",
    ),
    Step(
        "co-creation",
        "2020-09-07 20:00",
        "/cocreations",
        {
            "initiatives": [Id("initiative")],
            "challenge": "Een plukronde die ook werkt voor wie geen ladder meer op kan of hier "
            "pas woont.",
            "participants": [Id("local government")],
        },
    ),
    Step(
        "exploring",
        "2020-09-24 21:30",
        "/cocreations/{co-creation}/steps",
        {
            "step": "explore",
            "contributions": [
                {
                    "contributor": Id("neighbour"),
                    "contribution": "Ging langs bij elf mensen met een boom.",
                },
                {
                    "contributor": Id("newcomer"),
                    "contribution": "Vertelde hoe plukdagen thuis een dorpsfeest waren.",
                },
                {
                    "contributor": Id("community worker"),
                    "contribution": "Bracht drie mensen mee die zelden buitenkomen.",
                },
            ],
            "result": "Wie niet meer plukt, wil wel koken, vertellen of de kinderen leren snoeien.",
        },
        behalf="community worker",
    ),
    Step(
        "trying out",
        "2021-07-15 20:30",
        "/cocreations/{co-creation}/steps",
        {
            "step": "test",
            "contributions": [
                {
                    "contributor": Id("association"),
                    "contribution": "Stookte de ketel op het plein.",
                },
                {
                    "contributor": Id("newcomer"),
                    "contribution": "Haalde vier gezinnen uit de straat erbij.",
                },
                {
                    "contributor": Id("local government"),
                    "contribution": "Regelde het plein en een stroompunt, en verder niets.",
                },
            ],
            "result": "Zeven bomen, negen peters, veertig potten stroop, en een derde voor de "
            "sociale kruidenier.",
        },
        happened="2021-07-10 18:00",
        behalf="association",
    ),
    Step(
        "co-creation concluded",
        "2021-09-30 20:00",
        "/cocreations/{co-creation}/conclusions",
        {"result": "Een plukronde op maat van één straat, met een stappenlijst op één blad."},
        behalf="neighbour",
    ),
)

CHAPTERS: Final = (WORKSHOP, CO_CREATION)
