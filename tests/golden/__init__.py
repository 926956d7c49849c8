"""Golden facts: how each fact was first stored, one file for each fact and version, kept for good.

`python -m tests.golden` writes what is missing and never touches what is there.
"""

from pathlib import Path
from typing import Any, Final

import msgspec

from domain.facts import Fact, stored_name
from domain.records import EventCorrected
from service.log.leaf import decode
from tests.facts import SAMPLES

FOLDER: Final = Path(__file__).parent


def file_of(fact: Fact) -> Path:
    return FOLDER / f"{stored_name(type(fact))}.{fact.VERSION}.json"


def stored(fact: Fact) -> bytes:
    """The fact as it stands in its leaf, unsealed and indented for readers."""
    raw: dict[str, Any] = msgspec.to_builtins(fact)
    return msgspec.json.format(msgspec.json.encode(raw, order="sorted"), indent=2) + b"\n"


def read(file: Path) -> Fact:
    """The fact in a golden file, brought to the present version as the log would."""
    return _read(msgspec.json.decode(file.read_bytes()), int(file.name.split(".")[-2]))


def read_in_a_correction(file: Path) -> Fact:
    """The fact in a golden file as a correction from the time of that file gives it."""
    correction = msgspec.json.decode((FOLDER / "record.corrected.1.json").read_bytes())
    read = _read(correction | {"becomes": msgspec.json.decode(file.read_bytes())}, 1)
    assert isinstance(read, EventCorrected)
    return read.becomes


def _read(fact: dict[str, Any], version: int) -> Fact:
    leaf = {
        "fact": fact,
        "v": version,
        "id": "01890a5d-ac96-774b-bcce-000000000001",
        "occurredAt": "2024-01-08T09:00:00Z",
        "recordedAt": "2024-01-08T09:00:00Z",
        "recordedBy": "user_01h455vb4pex5vsknk084sn001",
        "source": {"kind": "api"},
        "requestId": "",
    }
    return decode(1, msgspec.json.encode(leaf)).fact


def write_missing() -> list[Path]:
    """Write the files that are not there yet; give back which."""
    written: list[Path] = []
    for fact in SAMPLES.values():
        file = file_of(fact)
        if not file.exists():
            file.write_bytes(stored(fact))
            written.append(file)
    return written
