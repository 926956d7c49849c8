"""Stored facts are only ever added: what the log held once, every later version reads."""

from pathlib import Path
from typing import Final

import pytest

from domain.conversations import FACTS
from domain.facts import Fact, stored_name
from tests import golden
from tests.facts import SAMPLES

FILES: Final = sorted(golden.FOLDER.glob("*.json"))
BY_NAME: Final = {stored_name(fact): fact for fact in FACTS}
PROMISE: Final = (
    "stored facts are only ever added. Databases hold this fact as its golden file says: give "
    "a new field a default that is left out, or raise VERSION and add an upcaster. "
)


def names(fact: type[Fact]) -> str:
    return stored_name(fact)


def test_each_fact_has_a_sample() -> None:
    assert set(SAMPLES) == set(FACTS)


@pytest.mark.parametrize("kind", FACTS, ids=names)
def test_each_fact_has_its_golden_file(kind: type[Fact]) -> None:
    file = golden.file_of(SAMPLES[kind])
    assert file.exists(), f"{file.name} is missing: write it with `python -m tests.golden`."


@pytest.mark.parametrize("kind", FACTS, ids=names)
def test_each_earlier_version_has_kept_its_golden_file(kind: type[Fact]) -> None:
    for version in range(1, kind.VERSION):
        file = golden.FOLDER / f"{stored_name(kind)}.{version}.json"
        assert file.exists(), f"{file.name} was removed, but {PROMISE}"


@pytest.mark.parametrize("kind", FACTS, ids=names)
def test_a_fact_is_stored_as_its_golden_file_says(kind: type[Fact]) -> None:
    sample = SAMPLES[kind]
    kept = golden.file_of(sample).read_bytes()
    assert golden.stored(sample) == kept, (
        f"{names(kind)} would be stored in another form, but {PROMISE}"
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_golden_file_reads_as_the_sample(file: Path) -> None:
    name = file.name.rpartition(".")[0].rpartition(".")[0]
    assert name in BY_NAME, f"No fact is stored as {name} any longer, but {PROMISE}"
    sample = SAMPLES[BY_NAME[name]]
    if file == golden.file_of(sample):
        assert golden.read(file) == sample, f"{file.name} reads as something else, but {PROMISE}"
    else:
        assert type(golden.read(file)) is type(sample), f"{file.name} is not read, but {PROMISE}"


EARLIER: Final = [f for f in FILES if f not in {golden.file_of(fact) for fact in SAMPLES.values()}]


@pytest.mark.parametrize("file", EARLIER, ids=lambda file: file.name)
def test_an_earlier_version_reads_in_a_correction_too(file: Path) -> None:
    assert stored_name(type(golden.read_in_a_correction(file))) in file.name


def test_what_is_written_once_is_never_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(golden, "FOLDER", tmp_path)
    assert len(golden.write_missing()) == len(FACTS)
    kept = golden.file_of(SAMPLES[FACTS[0]])
    kept.write_bytes(b"{}")
    assert golden.write_missing() == []
    assert kept.read_bytes() == b"{}"
