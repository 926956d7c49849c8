"""Documents over HTTP: they come back as they were sent, to who may see what they belong to."""

import hashlib
from typing import Any, Final

import httpx
import pytest

from service.api.documents import LARGEST_DOCUMENT, LONGEST_NAME
from service.ids import new_id
from service.log.documents import PART_BYTES
from service.running import Service
from tests.client import Api

PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10
PDF: Final = b"%PDF-1.7\n" + b"een verslag van de avond " * 120_000
"""Of several parts."""
PLACE: Final = "nis:44083"


def send(
    api: Api,
    about: str,
    body: bytes = PNG,
    media_type: str = "image/png",
    name: str | None = "attachment; filename*=UTF-8''foto.png",
    **more: Any,
) -> httpx.Response:
    headers = {"Content-Type": media_type} | {k.replace("_", "-"): v for k, v in more.items()}
    if name is not None:
        headers["Content-Disposition"] = name
    return api.http.post("/v1/documents", params={"about": about}, content=body, headers=headers)


def attached(api: Api, about: str, *args: Any, **more: Any) -> str:
    answer = send(api, about, *args, **more)
    assert answer.status_code == 201, answer.text
    api.position = answer.json()["position"]
    return answer.json()["id"]


def fetched(api: Api, document: str) -> httpx.Response:
    return api.http.get(f"/v1/documents/{document}", params={"atLeast": api.position})


def stored(service: Service) -> int:
    with service.pool.connection() as connection:
        row = connection.execute("select count(*) from document").fetchone()
    assert row is not None
    return row[0]


@pytest.fixture
def actor(api: Api) -> str:
    return api.new("/actors", {"kind": "citizen", "name": "Buur"})


def test_a_document_comes_back_as_it_was_sent(api: Api, actor: str) -> None:
    assert len(PDF) > 2 * PART_BYTES
    name = "attachment; filename*=UTF-8''Verslag%20caf%C3%A9.pdf"
    document = attached(api, actor, PDF, "application/pdf", name)
    answer = fetched(api, document)
    assert answer.status_code == 200
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-length"] == str(len(PDF))
    assert answer.headers["content-disposition"] == name
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["etag"] == f'"{hashlib.sha256(PDF).hexdigest()}"'


def test_it_is_found_from_what_it_belongs_to(api: Api, actor: str) -> None:
    document = attached(api, PLACE)
    attached(api, actor)
    (row,) = api.get("/documents", about=PLACE)["items"]
    assert row["id"] == document
    assert (row["name"], row["mediaType"], row["size"]) == ("foto.png", "image/png", len(PNG))
    (line,) = api.history("/municipalities/44083")
    assert line["type"] == "document.attached"
    assert line["sentence"]["nl"] == "Document 'foto.png' toegevoegd bij Deinze"


def test_the_same_file_is_stored_once(api: Api, service: Service, actor: str) -> None:
    first = attached(api, actor)
    second = attached(api, actor, name="attachment; filename=nogmaals.png")
    assert first != second
    assert stored(service) == 1
    assert fetched(api, second).content == PNG
    attached(api, PLACE)
    assert stored(service) == 2


def test_the_same_request_again_gets_the_first_answer(api: Api, actor: str) -> None:
    key: dict[str, Any] = {"Idempotency_Key": "0190a5d0-ac96-774b-bcce-000000000001"}
    first = send(api, actor, **key)
    assert send(api, actor, **key).json() == first.json()
    assert send(api, actor, PNG + b"x", **key).status_code == 422


def test_the_bytes_lie_encrypted_under_the_key_of_what_they_belong_to(
    api: Api, service: Service, actor: str
) -> None:
    document = attached(api, actor, b"Wie brengt wat mee?", "text/plain")
    with service.pool.connection() as connection:
        rows = connection.execute("select locked from document").fetchall()
        assert rows
        assert not [locked for (locked,) in rows if b"brengt" in locked]
        assert fetched(api, document).text == "Wie brengt wat mee?"
        connection.execute("delete from vault_key where owner = %s", [actor])
    answer = fetched(api, document)
    assert answer.status_code == 404
    assert answer.json()["detail"] == "The bytes of this document were erased."


def test_25_mb_is_taken_and_a_byte_more_is_not(api: Api, actor: str) -> None:
    largest = b"%PDF-" + bytes(LARGEST_DOCUMENT - 5)
    document = attached(api, actor, largest, "application/pdf")
    assert len(fetched(api, document).content) == LARGEST_DOCUMENT
    assert send(api, actor, largest + b"x", "application/pdf").status_code == 413


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/html", b"<p>"),
        ("image/svg+xml", b"<svg/>"),
        ("application/json", b"{}"),
        ("application/octet-stream", PNG),
        ("", PNG),
        ("image/jpeg", PNG),
        ("application/pdf", b"pdf"),
        ("text/plain", b"\xff\xfe"),
        ("text/csv", b"a\0b"),
    ],
)
def test_what_it_is_not_is_refused(
    api: Api, service: Service, actor: str, media_type: str, body: bytes
) -> None:
    answer = send(api, actor, body, media_type)
    assert answer.status_code == 415
    assert answer.headers["content-type"] == "application/problem+json"
    assert stored(service) == 0


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/csv; charset=utf-8", "naam;café\n".encode()),
        ("image/jpeg", b"\xff\xd8\xff\xe0"),
        ("image/gif", b"GIF89a"),
        ("image/webp", b"RIFF\0\0\0\0WEBP"),
        (
            "application/vnd.oasis.opendocument.text",
            b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.text",
        ),
        (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            b"PK\x03\x04" + bytes(26) + b"xl/workbook.xml",
        ),
    ],
)
def test_other_files_are_taken(api: Api, actor: str, media_type: str, body: bytes) -> None:
    assert send(api, actor, body, media_type).status_code == 201


@pytest.mark.parametrize(
    "name",
    [
        None,
        "attachment",
        'attachment; filename=""',
        'attachment; filename="../geheim"',
        'attachment; filename=".."',
        "attachment; filename*=UTF-8''a%00b",
        "attachment; filename*=UTF-8''a%0Ab",
        "attachment; filename*=UTF-8''a%2Fb",
        "attachment; filename*=nonsense''%ff%",
        "attachment; filename*=UTF-8''" + "x" * (LONGEST_NAME + 1),
    ],
)
def test_a_file_has_a_name_of_its_own(
    api: Api, service: Service, actor: str, name: str | None
) -> None:
    answer = send(api, actor, name=name)
    if name and "nonsense" in name:
        assert answer.status_code in (201, 400)
        return
    assert answer.status_code == 400
    assert answer.json()["issues"][0]["parameter"] == "Content-Disposition"
    assert stored(service) == 0


def test_what_it_belongs_to_exists(api: Api, service: Service) -> None:
    for about in (new_id("actor"), new_id("pilot"), "nis:21004"):
        assert send(api, about).status_code == 404
    for about in ("actor", "nis:1", "' or 1=1"):
        assert send(api, about).status_code == 400
    assert api.http.post("/v1/documents", content=PNG, headers={"Content-Type": "image/png"})
    assert stored(service) == 0


def test_an_empty_document_is_none(api: Api, actor: str) -> None:
    assert send(api, actor, b"", "text/plain").status_code == 400


def test_other_routes_keep_their_limit(api: Api) -> None:
    body = b'{"kind":"citizen","name":"' + b"x" * 1_100_000 + b'"}'
    answer = api.http.post("/v1/actors", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


def test_a_document_that_is_not_there_is_not_found(api: Api) -> None:
    assert fetched(api, new_id("document")).status_code == 404
    assert fetched(api, "document_x").status_code == 404
