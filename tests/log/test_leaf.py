"""Leaves: canonical JSON as RFC 8785 has it, whatever the fact."""

import hashlib
import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import msgspec
import psycopg
import pytest
import rfc8785

from domain.facts import Fact, stored_name
from domain.vocabulary import Narrative
from service.log.leaf import stamp
from service.log.store import EventLog
from tests.facts import SAMPLES
from tests.log.requests import appending, received


def leaves(url: str) -> list[bytes]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("select leaf from aanzet.event order by position").fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize("fact", SAMPLES.values(), ids=lambda fact: stored_name(type(fact)))
def test_a_leaf_is_canonical_and_reads_as_the_fact(
    log: EventLog, database_url: str, fact: Fact
) -> None:
    log.append(appending(fact, out_of_order=True))
    log.append_all([appending(fact)], 1)
    for leaf in leaves(database_url):
        assert rfc8785.dumps(msgspec.json.decode(leaf)) == leaf
    assert [recorded.fact for recorded in log.read(unsealed=True).events] == [fact, fact]


def test_the_time_of_recording_always_has_six_digits(log: EventLog, database_url: str) -> None:
    outcome = log.append(appending())
    written = msgspec.json.decode(leaves(database_url)[0])["recordedAt"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", written)
    assert stamp(outcome.recorded_at).decode() == written
    assert stamp(datetime(2026, 1, 1, tzinfo=UTC)) == b"2026-01-01T00:00:00.000000Z"


def test_a_sealed_text_is_not_in_the_leaf_but_committed_to(
    log: EventLog, database_url: str
) -> None:
    log.append(appending(received(question=Narrative("Een vraag"))))
    leaf = leaves(database_url)[0]
    assert b"Een vraag" not in leaf
    with psycopg.connect(database_url) as connection:
        row = connection.execute("select salt from aanzet.vault").fetchone()
    assert row
    digest = hashlib.sha256(row[0] + b"Een vraag").digest()
    said = "sealed:" + urlsafe_b64encode(digest).decode().rstrip("=")
    assert msgspec.json.decode(leaf)["fact"]["question"] == said
