"""`/examples`: the catalogue of examples, stories and testimonies."""

from typing import Final

from domain.examples import PublishExample, ReviseExample, WithdrawExample
from projections.examples import VIEW
from service.api.histories import READERS, histories
from service.api.listing import lists
from service.api.reading import things
from service.api.samples import ACTOR, INITIATIVE
from service.api.writing import records

ROUTES: Final = (
    records(
        "/examples",
        PublishExample,
        example={
            "kind": "testimony",
            "title": "De ruilkast die een leeskring werd",
            "summary": "Buren zetten een kast op de stoep. Wie een boek bracht, bleef praten.",
            "themes": ["ontmoeting", "delen"],
            "municipality": "44083",
            "initiative": INITIATIVE,
            "toldBy": ACTOR,
            "agreedOn": "2024-03-01",
        },
    ),
    records(
        "/examples/{example:str}/revisions",
        ReviseExample,
        example={"themes": ["ontmoeting", "delen", "lezen"]},
    ),
    records(
        "/examples/{example:str}/withdrawals",
        WithdrawExample,
        example={"reason": "Wie het vertelde, wil er niet langer mee genoemd worden."},
    ),
    lists(VIEW, "examples", roles=READERS, near=True, usual={"status": "published"}),
    things(VIEW, "examples", "example", roles=READERS),
    histories(VIEW, "examples", "example", roles=READERS),
)
