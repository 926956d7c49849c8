"""An install is repeatable: requirements.txt is what the dependencies resolve to."""

import re
from difflib import unified_diff

import pytest

from tests.requirements import FILE, RENEW, resolved, uv


def test_the_requirements_are_what_the_dependencies_resolve_to() -> None:
    program = uv()
    if program is None:
        pytest.skip("uv is not on the path")
    kept, asked = FILE.read_text(encoding="utf-8").splitlines(), resolved(program).splitlines()
    changes = "\n".join(list(unified_diff(kept, asked, lineterm="", n=0))[2:22])
    assert not changes, (
        f"requirements.txt is not what pyproject.toml asks for; renew it with: {RENEW}\n{changes}"
    )


def test_every_requirement_is_one_release_with_hashes_and_names_no_host() -> None:
    text = FILE.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)[1:]
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==[^ ]+ ", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert "://" not in text
    assert " @ " not in text
