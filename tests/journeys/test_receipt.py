"""The log of a real intake desk, whole: 8,577 steps in 1,434 cases."""

import csv
import gzip
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from structlog.testing import capture_logs

from service.imports.importing import import_lines
from service.imports.lines import reading
from service.imports.mapping import read_mapping
from service.imports.report import Report
from service.running import Service, service_on
from service.serving import listening, serving
from service.settings import Settings
from service.signin import Role
from tests.client import Api

ROOT: Final = Path(__file__).parents[2]
LOG: Final = ROOT.parent / "shared" / "data" / "receipt.csv.gz"
MAPPING: Final = read_mapping(ROOT / "docs" / "imports" / "receipt.toml")

pytestmark = pytest.mark.skipif(not LOG.exists(), reason="the real log is not beside the project")


class Receipt(NamedTuple):
    """What came of importing the log, and of doing so again, and who can read it."""

    first: Report
    again: Report
    api: Api


@pytest.fixture(scope="module")
def receipt(
    server: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Receipt]:
    name = f"receipt_{uuid4().hex}"
    settings = Settings(data=tmp_path_factory.mktemp("receipt"), secret=bytes(32))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")  # pyright: ignore[reportArgumentType, reportCallIssue]
        with service_on(make_conninfo(server, dbname=name), settings) as service:
            # As on the command line: ten thousand lines of log would tell nobody anything.
            with capture_logs():
                first = imported(service)
                service.projector.catch_up()
                again = imported(service)
            with listening("127.0.0.1", 0) as listener, serving(service, listener):
                address = f"http://127.0.0.1:{listener.getsockname()[1]}"
                api = Api(address, service.issuer.sign("test", Role.COORDINATOR))
                api.position = service.log.head()
                yield Receipt(first, again, api)
                api.close()
        connection.execute(f"drop database {name} with (force)")  # pyright: ignore[reportArgumentType, reportCallIssue]


def imported(service: Service) -> Report:
    with reading(LOG, MAPPING) as lines:
        return import_lines(service, lines, MAPPING)


def rows() -> list[dict[str, str]]:
    with gzip.open(LOG, "rt", encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_every_case_and_every_row_is_recorded(receipt: Receipt) -> None:
    first = receipt.first
    assert (first.lines, first.recorded, first.refused) == (8577, 8577, [])
    assert first.events["request.received"] == 1434
    assert first.events["request.handled"] == 8577
    assert receipt.api.get("/requests", total="true", pageSize=1)["total"] == 1434


def test_a_second_run_records_nothing(receipt: Receipt) -> None:
    again = receipt.again
    assert (again.already_there, again.recorded, again.refused) == (8577, 0, [])
    assert again.events.total() == 0
    assert receipt.api.position == receipt.first.events.total()


def test_rows_dated_before_their_case_are_marked_and_listed(receipt: Receipt) -> None:
    early = [
        line
        for line, row in enumerate(rows(), start=2)
        if utc(row["time:timestamp"]) < utc(row["case:startdate"])
    ]
    assert len(early) == 12
    assert receipt.first.out_of_order == early


def test_each_officer_is_registered_once(receipt: Receipt) -> None:
    officers = {row["org:resource"] for row in rows()}
    found = receipt.api.get("/actors", kind="professional", pageSize=200)["items"]
    assert sorted(actor["reference"] for actor in found) == sorted(officers)


@pytest.mark.parametrize("case", ["case-10011", "case-4677", "case-5704"])
def test_the_history_of_a_case_is_that_of_the_file(receipt: Receipt, case: str) -> None:
    told = [row for row in rows() if row["case:concept:name"] == case]
    (request,) = receipt.api.get("/requests", reference=case)["items"]
    received, *steps = receipt.api.history(f"/requests/{request['id']}", orderBy="recorded")
    assert received["type"] == "request.received"
    assert utc(received["occurredAt"]) == utc(told[0]["case:startdate"])
    assert [(utc(step["occurredAt"]), step["data"]["activity"]) for step in steps] == [
        (utc(row["time:timestamp"]), row["concept:name"]) for row in told
    ]
    assert request["dueOn"] == told[0]["case:deadline"][:10]
