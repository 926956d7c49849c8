"""Writes the golden facts that are missing."""

from tests.golden import write_missing

for file in write_missing():
    print(f"written: {file.name}")  # noqa: T201 - what it did
