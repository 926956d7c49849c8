"""2020 to 2024: the municipality joins; one pilot is refused, another approved and completed."""

from typing import Final

from service.demo.steps import Chapter, Id, Place, Step

MUNICIPALITY: Final[Chapter] = (
    Step(
        "policy plan",
        "2020-01-20 11:00",
        "/municipalities/73009/plans",
        {
            "title": "Samen goed leven in Borgloon",
            "adoptedOn": "2019-12-17",
            "startsOn": "2020-01-01",
            "endsOn": "2025-12-31",
        },
        behalf="local government",
    ),
    Step(
        "partnership",
        "2020-07-02 14:00",
        "/municipalities/73009/partnerships",
        {
            "purpose": "Proeftuinen ondersteunen die van de Loonse buren zelf uitgaan.",
            "agreedBy": [Id("local government"), Id("network member")],
        },
        behalf="local government",
    ),
)

REFUSED: Final[Chapter] = (
    Step(
        "collection point",
        "2020-11-05 16:00",
        "/pilots",
        {
            "initiative": Id("initiative"),
            "municipality": "73009",
            "title": "Fruitpunt in de gemeenteloods",
            "hypothesis": "Als de gemeente het fruit ophaalt, gaat er niets meer verloren.",
            "aim": "Minder verspilling.",
            "partners": [Id("local government")],
            "startsOn": "2021-03-01",
            "endsOn": "2021-10-31",
        },
        behalf="association",
    ),
    Step(
        "collection point rejected",
        "2020-12-10 17:00",
        "/pilots/{collection point}/decisions",
        {
            "decision": "reject",
            "deciders": [Id("network member"), Id("local government")],
            "motivation": "Zo worden de buren klant van een loods. Wat hen samenbrengt, het "
            "plukken zelf, valt weg.",
            "evidence": [Place("approach taken up"), Place("exploring")],
        },
        behalf="network member",
    ),
)

APPROVED: Final[Chapter] = (
    Step(
        "pilot",
        "2021-11-08 20:00",
        "/pilots",
        {
            "initiative": Id("initiative"),
            "municipality": "73009",
            "title": "Meters en peters voor bomen",
            "hypothesis": "Wie een boom deelt, leert de straat kennen.",
            "aim": "Minder mensen die niemand in hun straat bij naam kennen.",
            "partners": [Id("community worker"), Id("local government")],
            "startsOn": "2022-03-01",
            "endsOn": "2023-10-31",
        },
        behalf="neighbour",
    ),
    Step(
        "consent of the neighbour",
        "2021-11-15 19:00",
        "/pilots/{pilot}/consents",
        {"initiator": Id("neighbour")},
        behalf="neighbour",
    ),
    Step(
        "consent of the association",
        "2021-11-22 19:00",
        "/pilots/{pilot}/consents",
        {"initiator": Id("association")},
        behalf="association",
    ),
    Step(
        "pilot approved",
        "2021-12-09 17:00",
        "/pilots/{pilot}/decisions",
        {
            "decision": "approve",
            "deciders": [Id("network member"), Id("local government")],
            "motivation": "Het vertrekt van wat de buren al kunnen en graag doen; de "
            "professionals gaan mee als partner.",
            "conditions": ["Na één oogst kijken we samen terug."],
            "evidence": [Place("trying out")],
        },
        behalf="network member",
    ),
    Step(
        "notebook",
        "2022-02-03 14:30",
        "/initiatives/{initiative}/strengths",
        {
            "strength": "Op de eerste plukdag leerde een buur van tachtig vier tieners snoeien.",
            "identifiedBy": Id("neighbour"),
        },
        # Found back in a notebook, more than two years later.
        happened="2019-09-14 16:00",
        behalf="neighbour",
    ),
)

BRIDGE: Final[Chapter] = (
    Step(
        "question of the school",
        "2022-03-07 15:45",
        "/requests",
        {
            "askedBy": Id("school"),
            "audience": "professionals",
            "question": "Enkele moeders op school plukken mee. Hoe doe ik mee vanuit mijn rol, "
            "zonder het over te nemen?",
            "municipality": "73009",
            "channel": "email",
        },
        behalf="school",
    ),
    Step(
        "question of the school triaged",
        "2022-03-08 09:00",
        "/requests/{question of the school}/triage",
        {"track": "inspire", "reason": "Ze zoekt haar plaats als brug, niet als trekker."},
    ),
    Step(
        "question of the school answered",
        "2022-03-15 16:00",
        "/requests/{question of the school}/answers",
        {"answer": "Breng mensen samen en stap dan opzij: vraag de moeders wat zij willen tonen."},
        behalf="network member",
    ),
    Step(
        "school joined",
        "2022-03-21 16:00",
        "/initiatives/{initiative}/participants",
        {"participant": Id("school"), "role": "partner"},
        behalf="school",
    ),
    Step(
        "question of the school closed",
        "2022-04-04 16:00",
        "/requests/{question of the school}/closures",
        {"outcome": "lives_on", "explanation": "Ze doet mee als partner."},
    ),
    Step(
        "cooking lesson",
        "2022-09-22 16:00",
        "/initiatives/{initiative}/strengths",
        {
            "strength": "Drie moeders die nog weinig Nederlands spreken, kennen elke manier van "
            "inmaken; zij geven nu de kookles.",
            "identifiedBy": Id("school"),
        },
        behalf="school",
    ),
)

COURSE: Final[Chapter] = (
    Step(
        "houses",
        "2022-10-13 11:00",
        "/pilots/{pilot}/observations",
        {"indicator": "Huizen die meedoen", "value": "13", "unit": "huizen"},
        behalf="community worker",
    ),
    Step(
        "houses corrected",
        "2022-11-17 10:00",
        "/corrections",
        {
            "position": Place("houses"),
            "fields": {"value": "31"},
            "reason": "Twee cijfers omgewisseld: op de lijst staan 31 huizen, geen 13.",
        },
        behalf="community worker",
    ),
    Step(
        "pilot adjusted",
        "2023-02-09 17:00",
        "/pilots/{pilot}/decisions",
        {
            "decision": "adjust",
            "deciders": [Id("network member"), Id("local government")],
            "motivation": "Met zoveel huizen raakt één trekker niet rond: elke straat kiest "
            "voortaan zelf een plukdag en een trekker.",
            "evidence": [Place("houses")],
        },
        behalf="network member",
    ),
    Step(
        "names",
        "2023-10-05 11:00",
        "/pilots/{pilot}/observations",
        {
            "indicator": "Mensen die minstens vijf buren bij naam kennen",
            "value": "64",
            "unit": "mensen",
        },
        behalf="community worker",
    ),
    Step(
        "pilot extended",
        "2023-10-26 17:00",
        "/pilots/{pilot}/decisions",
        {
            "decision": "extend",
            "deciders": [Id("network member"), Id("local government")],
            "motivation": "Nog één oogst, om te zien of het ook zonder begeleiding draait.",
            "evidence": [Place("names")],
            "endsOn": "2024-10-31",
        },
        behalf="network member",
    ),
    Step(
        "first lesson",
        "2023-11-16 20:00",
        "/pilots/{pilot}/lessons",
        {
            "learnt": "Vraag wat iemand te geven heeft; wie kan geven, durft ook te vragen.",
            "evidence": [Place("insight"), Place("cooking lesson"), Place("names")],
            "learntBy": [Id("neighbour"), Id("school")],
        },
        behalf="neighbour",
    ),
    Step(
        "second look",
        "2024-03-14 11:00",
        "/initiatives/{initiative}/assessments",
        {
            "strengthBased": 5,
            "networkStrengthening": 4,
            "reason": "Elke straat heeft haar eigen trekker; met de zorgverblijven kan het nog.",
            "assessedBy": Id("network member"),
        },
        behalf="network member",
    ),
    Step(
        "second lesson",
        "2024-10-10 20:00",
        "/pilots/{pilot}/lessons",
        {
            "learnt": "Een bestuur dat ruimte maakt en niets overneemt, houdt de goesting bij "
            "de buren.",
            "evidence": [Place("collection point rejected"), Place("pilot adjusted")],
            "learntBy": [Id("association"), Id("local government")],
        },
        behalf="association",
    ),
    Step(
        "pilot completed",
        "2024-11-14 17:00",
        "/pilots/{pilot}/decisions",
        {
            "decision": "complete",
            "deciders": [Id("network member"), Id("local government")],
            "motivation": "De laatste oogst liep zonder begeleiding; zes straten gaan zelf verder.",
            "evidence": [Place("first lesson"), Place("second lesson")],
        },
        behalf="network member",
    ),
    Step(
        "question closed",
        "2024-12-05 10:00",
        "/requests/{question}/closures",
        {"outcome": "lives_on", "explanation": "De Plukronde draait op de buren zelf."},
    ),
)

CHAPTERS: Final = (MUNICIPALITY, REFUSED, APPROVED, BRIDGE, COURSE)
