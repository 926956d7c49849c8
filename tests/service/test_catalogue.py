"""What exists already near us: the catalogue as a reader searches it."""

from typing import Any

import pytest

from tests.client import Api

ANTWERPEN, BORSBEEK, MORTSEL, DEINZE = "11002", "11007", "11029", "44083"


def titles(page: dict[str, Any]) -> list[str]:
    return [item["title"] for item in page["items"]]


@pytest.fixture
def around(api: Api) -> Api:
    """Four places and one without a place, each told a day after the last."""
    for number, (title, where) in enumerate(
        (
            ("Antwerpen", ANTWERPEN),
            ("Mortsel", MORTSEL),
            ("Borsbeek", BORSBEEK),
            ("Deinze", DEINZE),
            ("Nergens", None),
        ),
        start=1,
    ):
        body = {"kind": "story", "title": title, "summary": "Zo ging het."}
        body |= {"occurredAt": f"2024-03-0{number}T09:00:00Z"}
        api.new("/examples", body | ({"municipality": where} if where else {}))
    return api


def test_the_newest_come_first(around: Api) -> None:
    assert titles(around.get("/examples")) == [
        "Nergens",
        "Deinze",
        "Borsbeek",
        "Mortsel",
        "Antwerpen",
    ]


@pytest.mark.parametrize("near", [ANTWERPEN, BORSBEEK])
def test_near_is_the_place_then_its_province_then_elsewhere(around: Api, near: str) -> None:
    found = ["Borsbeek", "Antwerpen", "Mortsel", "Nergens", "Deinze"]
    assert titles(around.get("/examples", near=near)) == found
    found = ["Antwerpen", "Borsbeek", "Mortsel", "Deinze", "Nergens"]
    assert titles(around.get("/examples", near=near, sort="at")) == found


@pytest.mark.parametrize("asked", [{}, {"sort": "at"}, {"near": ANTWERPEN}])
def test_pages_follow_each_other_without_gap_or_double(around: Api, asked: dict[str, str]) -> None:
    page = around.get("/examples", pageSize=2, **asked)
    seen = titles(page)
    while "next" in page:
        page = around.http.get(page["next"]).json()
        seen += titles(page)
    assert seen == titles(around.get("/examples", **asked))


def test_a_place_that_is_none_is_refused(around: Api) -> None:
    answer = around.http.get("/v1/examples", params={"near": "99999"})
    assert answer.status_code == 400
    assert answer.json()["issues"][0]["parameter"] == "near"


def test_a_municipality_has_what_was_told_in_those_that_merged_into_it(around: Api) -> None:
    assert titles(around.get("/examples", municipality=ANTWERPEN)) == ["Borsbeek", "Antwerpen"]
    assert titles(around.get("/examples", municipality=BORSBEEK)) == ["Borsbeek"]


def test_a_province_has_what_was_told_in_its_places(around: Api) -> None:
    province = around.get("/municipalities/44083")["municipality"]["province"]
    assert titles(around.get("/examples", province=province)) == ["Deinze"]


@pytest.fixture
def told(api: Api) -> Api:
    body = {"kind": "story", "title": "Hoe buurten maken dat het lukt", "themes": ["lezen"]}
    api.new("/examples", body | {"summary": "In één café."})
    return api


@pytest.mark.parametrize(
    "words",
    [
        "buurt",
        "buurten",
        "BUURTEN",
        "cafe",
        "Café's",
        "de café\u2019s",
        "buurt café",
        "buurt or straten",
        '"buurten maken"',
        "lezen",
    ],
)
def test_words_are_found_in_dutch_and_whatever_their_accents(told: Api, words: str) -> None:
    assert titles(told.get("/examples", q=words))


@pytest.mark.parametrize("words", ["straten", "buurt straten", "buurt -maken", "'); drop table"])
def test_other_words_are_not_found(told: Api, words: str) -> None:
    assert not titles(told.get("/examples", q=words))


def test_what_was_withdrawn_is_found_only_by_who_asks_for_it(api: Api) -> None:
    body = {"kind": "story", "title": "Een lange tafel", "summary": "Wie aanschoof, bleef."}
    example = api.new("/examples", body | {"themes": ["eten"]})
    assert titles(api.get("/examples", theme="eten", kind="story"))
    api.record(f"/examples/{example}/withdrawals", {"reason": "Op vraag van wie het vertelde."})
    assert not titles(api.get("/examples", theme="eten"))
    assert titles(api.get("/examples", status="withdrawn"))
    assert api.get(f"/examples/{example}")["reason"]
    api.refused(f"/examples/{example}/revisions", {"title": "Anders"}, "notInTheCatalogue")


def test_an_example_has_a_history_under_its_last_title(api: Api) -> None:
    teller = api.new("/actors", {"kind": "citizen", "name": "Buur Een"})
    body = {"kind": "testimony", "title": "Eerst", "summary": "Zo ging het."}
    body |= {"toldBy": teller, "municipality": DEINZE}
    api.refused("/examples", body, "tellerHasNotAgreed")
    example = api.new("/examples", body | {"agreedOn": "2024-01-01"})
    api.record(f"/examples/{example}/revisions", {"title": "Daarna"})
    for path in (f"/examples/{example}", f"/actors/{teller}", f"/municipalities/{DEINZE}"):
        told = [line["sentence"]["nl"] for line in api.history(path)]
        assert told[-2:] == [
            "Opgenomen in de catalogus: getuigenis 'Eerst'",
            "'Daarna' herwerkt",
        ]


def test_a_text_that_grows_without_its_accents_stops_no_view(api: Api) -> None:
    body = {"kind": "story", "title": "Een lange tafel", "summary": "\ufdfa" * 20_000}
    api.new("/examples", body)
    assert titles(api.get("/examples", q="tafels"))
