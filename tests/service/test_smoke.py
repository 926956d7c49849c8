from tests.client import Api


def test_a_request_is_recorded_and_read_back(api: Api) -> None:
    actor = api.new("/actors", {"kind": "citizen", "name": "Buur Een"})
    request = api.new(
        "/requests",
        {
            "askedBy": actor,
            "audience": "citizens",
            "question": "Hoe beginnen we?",
            "municipality": "44083",
            "channel": "email",
        },
    )
    assert api.get(f"/requests/{request}")["question"] == "Hoe beginnen we?"
    assert [line["type"] for line in api.history(f"/requests/{request}")] == ["request.received"]
