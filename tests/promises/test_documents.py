"""The reference is true: what is made from the code is current, what is written by hand exists."""

import ast
import re
from difflib import unified_diff
from pathlib import Path

import pytest

from domain.conversations import CONVERSATIONS, FACTS, REFUSALS, decide
from domain.facts import stored_name
from tests.documents import FOLDER, PAGES, RENEW
from tests.documents.rules import RULES, reached

ROOT = Path(__file__).parents[2]
GLOSSARY = FOLDER / "glossary.md"
DECISIONS = sorted((FOLDER / "decisions").glob("*.md"))
SCREEN = 60
"""Lines that a reader sees at once."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_is_made_from_the_code_is_current(name: str) -> None:
    file = FOLDER / name
    kept = file.read_text(encoding="utf-8") if file.exists() else ""
    made = PAGES[name]()
    changes = "\n".join(
        list(unified_diff(kept.splitlines(), made.splitlines(), lineterm="", n=0))[2:22]
    )
    # Not compared in the assertion itself, which would print the whole page.
    same = kept == made
    assert same, f"docs/{name} is no longer true; renew it with: {RENEW}\n{changes}"


def test_every_event_is_in_the_catalogue() -> None:
    headings = re.findall(r"^### `(.+)`$", PAGES["events.md"](), re.MULTILINE)
    assert sorted(headings) == sorted(stored_name(fact) for fact in FACTS)


def test_every_refusal_names_a_rule_and_some_command_can_meet_it() -> None:
    assert {refusal.RULE for refusal in REFUSALS} <= RULES.keys()
    met = reached(decide).union(*(reached(talk.decide) for talk in CONVERSATIONS))
    assert met == set(REFUSALS)


def test_every_word_of_the_glossary_is_a_word_of_the_code() -> None:
    known = words()
    terms = _column(GLOSSARY.read_text(encoding="utf-8").partition("## Not yet")[0])
    assert len(terms) > 20
    assert [term for term in terms if term not in known] == []


def test_what_the_glossary_calls_not_yet_is_not_there_yet() -> None:
    known = words()
    terms = _column(GLOSSARY.read_text(encoding="utf-8").partition("## Not yet")[2])
    assert [term for term in terms if term in known] == [], "These came: move them up."


def test_a_decision_fits_a_screen_and_says_what_and_why_and_what_it_costs() -> None:
    numbers = [file.name[:4] for file in DECISIONS]
    assert numbers == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]
    for file in DECISIONS:
        text = file.read_text(encoding="utf-8")
        assert text.startswith(f"# {file.name[:4]} "), file
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
            "Context",
            "Choice",
            "What it costs",
            "When to look again",
        ], file
        assert len(text.splitlines()) <= SCREEN, file


def test_a_decision_that_the_code_cites_exists() -> None:
    files = [*(ROOT / "tests").rglob("*.py"), ROOT / "pyproject.toml", *_modules()]
    cited = {
        number
        for file in files
        for number in re.findall(r"docs/decisions/(\d{4})", file.read_text(encoding="utf-8"))
    }
    assert cited <= {file.name[:4] for file in DECISIONS}


def test_links_between_pages_lead_somewhere() -> None:
    for file in (ROOT / "README.md", *FOLDER.rglob("*.md")):
        links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text(encoding="utf-8"))
        assert [link for link in links if not (file.parent / link).exists()] == [], file


def words() -> set[str]:
    """Names and short texts of the code."""
    found: set[str] = set()
    for module in _modules():
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            match node:
                case ast.ClassDef() | ast.FunctionDef():
                    found.add(node.name)
                case ast.Name():
                    found.add(node.id)
                case ast.Attribute():
                    found.add(node.attr)
                case ast.arg():
                    found.add(node.arg)
                case ast.Constant(str(text)):
                    found.add(text)
                case _:
                    pass
    return found


def _modules() -> list[Path]:
    return [file for name in ("domain", "projections", "service") for file in _python(name)]


def _python(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _column(text: str) -> list[str]:
    """The words of the code in the glossary's tables: all that is marked so in the first column."""
    cells = re.findall(r"^\| ([^|]*`[^|]*) \|", text, re.MULTILINE)
    return [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]
