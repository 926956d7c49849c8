"""Pilots that are ready to be decided on."""

from tests.client import Api


def proposed_pilots(api: Api, count: int) -> tuple[list[str], str]:
    """So many proposed pilots with consent and a step taken, and someone who decides."""
    citizen = api.new("/actors", {"kind": "citizen", "name": "Buur Een"})
    member = api.new("/actors", {"kind": "network_member", "name": "Netwerklid"})
    initiative = api.new(
        "/initiatives",
        {
            "name": "Soepdag",
            "initiators": [citizen],
            "municipality": "44083",
            "strengths": ["Een keuken."],
            "appetite": "Samen eten.",
        },
    )
    trajectory = api.new("/cocreations", {"initiatives": [initiative], "challenge": "Wie nog?"})
    api.record(
        f"/cocreations/{trajectory}/steps",
        {
            "step": "explore",
            "contributions": [{"contributor": citizen, "contribution": "Rondgevraagd."}],
            "result": "Een lijst.",
        },
    )
    plan = {
        "title": "Samen",
        "adoptedOn": "2019-12-01",
        "startsOn": "2020-01-01",
        "endsOn": "2025-12-31",
    }
    api.post("/municipalities/44083/plans", plan)
    pilots: list[str] = []
    for _ in range(count):
        pilot = api.new(
            "/pilots",
            {
                "initiative": initiative,
                "municipality": "44083",
                "title": "De lange tafel",
                "hypothesis": "Wie brengt, komt terug.",
                "aim": "Minder alleen.",
                "startsOn": "2024-09-01",
                "endsOn": "2025-08-31",
            },
        )
        api.record(f"/pilots/{pilot}/consents", {"initiator": citizen})
        pilots.append(pilot)
    return pilots, member
