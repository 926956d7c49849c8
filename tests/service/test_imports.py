"""Importing files: what is recorded, what is refused, and what is said about it."""

import gzip
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

import pytest

from domain.actors import NumberTaken, RegisterActor
from domain.facts import Recorded
from domain.info_sessions import InfoSessionHeld
from domain.refusals import InTheFuture
from domain.support_requests import Channel, SupportRequestHandled, SupportRequestReceived
from domain.vocabulary import ActorId, ActorKind, EnterpriseNumber, Personal
from service.cli import main
from service.commands import Handler, Intent
from service.ids import new_id
from service.imports import importing
from service.imports.draft import Draft
from service.imports.importing import import_lines
from service.imports.lines import LONGEST_LINE, reading
from service.imports.mapping import MappingWrong, read_mapping
from service.imports.report import Refused, Report
from service.log.store import ConditionFailed
from service.running import Service
from tests.client import Api
from tests.facts import COORDINATOR
from tests.service.conftest import Command

FOLDER: Final = Path(__file__).parents[2] / "docs" / "imports"
EXAMPLE: Final = FOLDER / "example.csv"
RECEIPT: Final = FOLDER / "receipt.toml"

QUESTIONS: Final = """
name = "questions"
[file]
timezone = "Europe/Brussels"
[[rule]]
name = "asker"
command = "registerActor"
once_per = ["who"]
[rule.fields]
kind = "association"
name = { column = "who" }
enterpriseNumber = { column = "number" }
[[rule]]
name = "question"
command = "receiveSupportRequest"
identity = ["nr"]
[rule.fields]
askedBy = { made_by = "asker" }
audience = "citizens"
municipality = "44021"
question = { column = "question" }
reference = { column = "nr" }
channel = { column = "how", values = { Web = "web", Balie = "desk" } }
occurredAt = { column = "at" }
"""
NO_DATE: Final = "This is not a date in the form that the mapping says."
HEADER: Final = "nr,who,number,question,how,at\n"


def row(nr: int = 1, question: str = "Waarom?", how: str = "Web", at: str = "2024-03-01") -> str:
    return f"{nr},Buren,0123456749,{question},{how},{at}\n"


class Bench(NamedTuple):
    """A service, and a folder to put files in."""

    service: Service
    folder: Path

    def questions(self, text: str | bytes, name: str = "questions.csv") -> Report:
        """Import a file that is made of this text."""
        file = self.folder / name
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        mapping = self.folder / "questions.toml"
        mapping.write_text(QUESTIONS, encoding="utf-8")
        return self.run(file, mapping)

    def run(self, file: Path, mapping: Path, *, dry_run: bool = False) -> Report:
        told = read_mapping(mapping)
        with reading(file, told) as lines:
            return import_lines(self.service, lines, told, dry_run=dry_run)

    def refusals(self, *rows: str | bytes) -> list[Refused]:
        """What is refused of these lines; one good line comes before and one after them."""
        whole = [HEADER, row(1001), *rows, row(1002)]
        report = self.questions(b"".join(r.encode() if isinstance(r, str) else r for r in whole))
        received = [e for e in self.log() if isinstance(e.fact, SupportRequestReceived)]
        assert len(received) == report.lines - len(report.refused) == 2
        return report.refused

    def log(self) -> list[Recorded]:
        return self.service.log.read(unsealed=True).events


@pytest.fixture
def bench(service: Service, tmp_path: Path) -> Bench:
    return Bench(service, tmp_path)


def test_each_case_becomes_a_request_and_each_row_a_step(bench: Bench) -> None:
    report = bench.run(EXAMPLE, RECEIPT)
    assert (report.lines, report.recorded, report.refused) == (25, 25, [])
    assert report.events == {"actor.registered": 4, "request.received": 6, "request.handled": 25}
    received = [e for e in bench.log() if isinstance(e.fact, SupportRequestReceived)]
    first = received[0]
    assert isinstance(first.fact, SupportRequestReceived)
    assert first.fact.channel is Channel.WEB
    assert (first.fact.reference, str(first.fact.due_on)) == ("case-1", "2024-03-04")
    assert first.occurred_at.isoformat() == "2024-01-08T08:30:15.250000+00:00"
    assert (first.source.kind, first.source.line) == ("import", 2)


def test_the_file_is_known_by_its_bytes_and_not_by_its_name(bench: Bench) -> None:
    """Names of files are often those of people."""
    text = HEADER + row()
    bench.questions(text, name="Jan Peeters.csv")
    assert {event.source.file for event in bench.log()} == {
        f"sha256:{sha256(text.encode()).hexdigest()}"
    }
    with bench.service.pool.connection() as connection:
        leaves = connection.execute("select leaf from event").fetchall()
    assert leaves
    assert not any(b"Peeters" in leaf for (leaf,) in leaves)


def test_steps_of_a_case_come_in_the_order_of_the_file(bench: Bench) -> None:
    bench.run(EXAMPLE, RECEIPT)
    steps = [e for e in bench.log() if isinstance(e.fact, SupportRequestHandled)]
    assert [e.source.line for e in steps] == list(range(2, 27))


def test_what_was_imported_is_read_in_its_history(api: Api, service: Service) -> None:
    Bench(service, Path()).run(EXAMPLE, RECEIPT)
    api.position = service.log.head()
    (case,) = api.get("/requests", reference="case-4")["items"]
    lines = api.history(f"/requests/{case['id']}", orderBy="recorded")
    assert [line["type"] for line in lines] == ["request.received"] + ["request.handled"] * 4
    assert case["steps"] == 4
    assert all("officer" in line["sentence"]["nl"] for line in lines[1:])


def test_run_twice_nothing_is_recorded_twice(bench: Bench) -> None:
    bench.run(EXAMPLE, RECEIPT)
    stored = bench.service.log.head()
    again = bench.run(EXAMPLE, RECEIPT)
    assert (again.recorded, again.already_there, again.events.total()) == (0, 25, 0)
    assert bench.service.log.head() == stored


def test_a_later_export_adds_only_what_is_new(bench: Bench) -> None:
    bench.questions(HEADER + row(1))
    report = bench.questions(HEADER + row(1) + row(2), name="next month.csv")
    assert (report.recorded, report.already_there) == (1, 1)


def test_a_line_that_says_something_else_than_before_is_refused(bench: Bench) -> None:
    bench.questions(HEADER + row(1))
    report = bench.questions(HEADER + row(1, question="Waarom toch?"))
    assert report.refused == [
        Refused(2, "question: It was imported before, and said something else then.")
    ]


def test_lines_dated_before_their_case_are_recorded_and_listed(bench: Bench) -> None:
    report = bench.run(EXAMPLE, RECEIPT)
    assert report.out_of_order == [14, 15]
    assert [e.source.line for e in bench.log() if e.out_of_order] == [14, 15]
    assert "out of order: line 14" in "\n".join(report.told())


def test_a_dry_run_reports_what_the_real_run_does_and_stores_nothing(bench: Bench) -> None:
    dry = bench.run(EXAMPLE, RECEIPT, dry_run=True)
    assert bench.service.log.head() == 0
    assert bench.run(EXAMPLE, RECEIPT) == dry


def test_a_dry_run_refuses_what_the_real_run_refuses(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "STORED_TOGETHER", 1)
    file, mapping = bench.folder / "two.csv", bench.folder / "two.toml"
    mapping.write_text(QUESTIONS, encoding="utf-8")
    other = row(2).replace("Buren", "Anderen")
    file.write_text(HEADER + row(1) + other + row(3, how="Brief"), encoding="utf-8")
    dry = bench.run(file, mapping, dry_run=True)
    assert dry.refused == [
        Refused(3, "asker: 0123456749 belongs to that of line 2 already."),
        Refused(4, "question: channel (column 'how'): The mapping has no such value."),
    ]
    assert bench.run(file, mapping) == dry


def register(number: str = "0123456749") -> Intent:
    actor = ActorId(new_id("actor"))
    return Intent(
        command=RegisterActor(
            actor=actor,
            kind=ActorKind.ASSOCIATION,
            name=Personal("Buren"),
            enterprise_number=EnterpriseNumber(number),
        ),
        thing=actor,
        recorded_by=COORDINATOR,
        request_id="race",
        key=uuid4(),
    )


def test_of_a_draft_nothing_is_stored_if_others_were_faster(service: Service) -> None:
    draft = Draft(service.log, service.clock)
    drafting = Handler(draft, service.clock)
    drafting.carry_out(register("0999999922"))
    drafting.carry_out(register())
    Handler(service.log, service.clock).carry_out(register())
    with pytest.raises(ConditionFailed):
        draft.store()
    assert service.log.head() == 1
    draft.drop()
    with pytest.raises(NumberTaken):
        drafting.carry_out(register())


def test_a_draft_is_stored_beside_what_others_record_of_other_things(service: Service) -> None:
    draft = Draft(service.log, service.clock)
    Handler(draft, service.clock).carry_out(register("0999999922"))
    Handler(service.log, service.clock).carry_out(register())
    draft.store()
    assert service.log.head() == draft.read().head == 2


def test_of_a_draft_nothing_is_stored_if_it_was_stored_already(service: Service) -> None:
    intent = register()
    draft = Draft(service.log, service.clock)
    Handler(draft, service.clock).carry_out(intent)
    Handler(service.log, service.clock).carry_out(intent)
    with pytest.raises(ConditionFailed):
        draft.store()
    assert service.log.head() == 1


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("1,2,3\n", "It has 3 columns, and the header 6."),
        ("\n", "It is blank."),
        ("  \n", "It is blank."),
        (b"5,Buren,0123456749,caf\xe9,Web,2024-03-01\n", "It is not utf-8."),
        (row(5, question="a\0b"), "It has a NUL character."),
        ("\ufeff" + row(5), "It has a byte order mark, as where two files were put together."),
        (
            row(5, at="1 maart"),
            f"question: occurredAt (column 'at'): {NO_DATE}",
        ),
        (
            row(5, at="2024-02-30"),
            f"question: occurredAt (column 'at'): {NO_DATE}",
        ),
        (
            row(5, how="Duif"),
            "question: channel (column 'how'): The mapping has no such value.",
        ),
        (
            row(5, question=" "),
            "question: question (column 'question'): This field is missing.",
        ),
        (
            row(5, question="x" * 20_001),
            "question: question (column 'question'): Expected `str` of length <= 20000.",
        ),
        (
            row(5, question="x" * 200_000),
            "A column has more than 131,072 characters, or its quotes never close.",
        ),
        (
            row(5, question="x" * (2 * LONGEST_LINE)),
            "A column has more than 131,072 characters, or its quotes never close.",
        ),
        (row(5, question='"nooit'), "Its quotes do not close, or do not enclose a whole column."),
        (
            row(5, question='"a" b'),
            "Its quotes do not close, or do not enclose a whole column.",
        ),
        (
            row(5, at="2999-01-01"),
            f"question: {InTheFuture(day='2998-12-31 23:00Z')}",
        ),
    ],
)
def test_a_bad_line_is_refused_and_the_others_go_on(
    bench: Bench, bad: str | bytes, reason: str
) -> None:
    assert bench.refusals(bad) == [Refused(3, reason)]


def test_everything_wrong_with_a_line_is_said_at_once(bench: Bench) -> None:
    (refused,) = bench.refusals(row(5, question="", how="Duif", at="ooit"))
    assert refused.reason.count("(column") == 3


def test_lines_are_numbered_as_an_editor_shows_them(bench: Bench) -> None:
    refused = bench.refusals(row(5, question='"een\r\ntwee\ndrie"', how="Duif"), "\n")
    assert [one.line for one in refused] == [3, 6]


def test_a_record_over_several_lines_is_kept_whole(bench: Bench) -> None:
    assert bench.questions(HEADER + row(1, question='"een, ""twee""\ndrie"')).recorded == 1
    assert [e.fact.question for e in bench.log() if isinstance(e.fact, SupportRequestReceived)] == [
        'een, "twee"\ndrie'
    ]


def test_a_wide_record_over_several_lines_says_where_it_ends(bench: Bench) -> None:
    (refused,) = bench.refusals('5,"een\ntwee",x\n')
    assert refused == Refused(3, "It has 3 columns (up to line 4), and the header 6.")


def test_the_mark_and_line_ends_of_a_spreadsheet_are_no_trouble(bench: Bench) -> None:
    text = "\ufeff" + (HEADER + row(1) + row(2)).replace("\n", "\r\n")
    assert bench.questions(text).recorded == 2


def test_a_report_repeats_nothing_from_the_file(bench: Bench) -> None:
    text = HEADER + row(1).replace("Buren", "Geheim" * 60) + "Geheim\n"
    text += row(2, question="Geheim", how="Geheim", at="Geheim") + '3,"Geheim,\n'
    text += row(4).replace("Buren,0123456749", "Wij,Geheim")
    report = bench.questions(text)
    assert len(report.refused) == report.lines == 5
    assert "Geheim" not in "\n".join(report.told())


def test_sessions_are_read_from_ndjson(bench: Bench) -> None:
    report = bench.run(FOLDER / "sessions.ndjson", FOLDER / "sessions.toml")
    assert report.refused == []
    assert report.events == {
        "actor.registered": 2,
        "session.planned": 3,
        "session.held": 1,
        "session.cancelled": 1,
    }
    (held,) = [e for e in bench.log() if isinstance(e.fact, InfoSessionHeld)]
    assert isinstance(held.fact, InfoSessionHeld)
    assert [group.people for group in held.fact.attendance] == [18, 4]
    assert held.occurred_at.isoformat() == "2024-02-01T18:00:00+00:00"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("{", "It is not JSON."),
        ("[1]", "It is a JSON object."),
        ("", "It is blank."),
        ('{"nr": 1, "nr": 2}', "An object has the same key twice."),
        ('{"nr": 1.5}', "Numbers are whole; give a decimal as text."),
        ('{"nr": 9, "host": "A\\u0000"}', "A text has a NUL character in it."),
        ("[" * 100_000, "The JSON is nested more than 32 deep."),
        ('{"nr": 9, "host": "' + "x" * LONGEST_LINE, "It has more than 1,000,000 characters."),
        ("{}", "host: The columns that identify it ('host') are empty."),
    ],
)
def test_a_bad_line_of_ndjson_is_refused_and_the_others_go_on(
    bench: Bench, bad: str, reason: str
) -> None:
    good = (FOLDER / "sessions.ndjson").read_text(encoding="utf-8").splitlines()
    file = bench.folder / "bad.ndjson"
    file.write_text("\n".join([good[0], bad, good[1]]) + "\n", encoding="utf-8")
    report = bench.run(file, FOLDER / "sessions.toml")
    assert (report.recorded, report.refused) == (2, [Refused(2, reason)])


# Mappings and files that cannot be used.

EARLIER: Final = """
[[rule]]
name = "earlier"
command = "planInfoSession"
once_per = []
fields = { title = "T", municipality = "44021", plannedAt = 2024-01-01T10:00:00Z }
[[rule]]"""
WRONG: Final[dict[str, tuple[Callable[[str], str], str]]] = {
    "unknown key": (lambda t: t.replace("identity", "identify"), "`identify`"),
    "unknown field": (lambda t: t.replace("audience", "audiense"), "fields.audiense"),
    "missing field": (lambda t: t.replace('audience = "citizens"\n', ""), "fields.audience"),
    "unknown command": (lambda t: t.replace("receiveSupp", "receivSupp"), "no such command"),
    "wrong constant": (lambda t: t.replace('"citizens"', '"burgers"'), "fields.audience"),
    "wrong value": (lambda t: t.replace('"desk"', '"dsk"'), "fields.channel.values"),
    "unknown rule": (lambda t: t.replace('by = "asker"', 'by = "asked"'), "askedBy.made_by"),
    "other kind": (
        lambda t: t.replace("[[rule]]", EARLIER, 1).replace('by = "asker"', 'by = "earlier"'),
        "another kind of thing",
    ),
    "unknown zone": (lambda t: t.replace("Europe/Brussels", "Europe/Brussel"), "file.timezone"),
    "no identity": (lambda t: t.replace('identity = ["nr"]', ""), "`identity` or `once_per`"),
    "unreadable times": (
        lambda t: t.replace("[file]", '[file]\ntimestamps = "%Q"'),
        "file.timestamps",
    ),
    "no TOML": (lambda t: t.replace("[[rule]]", "[[rule"), "not TOML"),
    "same name": (lambda t: t.replace('name = "question"\n', 'name = "asker"\n'), "this name"),
}


@pytest.mark.parametrize("change", [pytest.param(c, id=name) for name, c in WRONG.items()])
def test_a_mapping_is_read_strictly(
    tmp_path: Path, change: tuple[Callable[[str], str], str]
) -> None:
    file = tmp_path / "wrong.toml"
    changed = change[0](QUESTIONS)
    assert changed != QUESTIONS
    file.write_text(changed, encoding="utf-8")
    with pytest.raises(MappingWrong) as said:
        read_mapping(file)
    assert change[1] in str(said.value)
    assert "\n" not in str(said.value)


@pytest.mark.parametrize("name", ["receipt.toml", "sessions.toml"])
def test_the_mappings_of_the_project_can_be_used(name: str) -> None:
    assert read_mapping(FOLDER / name).name == name.removesuffix(".toml")


# The command line.


class Said(NamedTuple):
    code: object
    out: str
    err: str


Aanzet = Callable[..., Said]


@pytest.fixture
def aanzet(command: Command, capfd: pytest.CaptureFixture[str]) -> Aanzet:
    """Runs `aanzet import` on a database of its own."""

    def run(file: Path, mapping: Path = RECEIPT, *options: str) -> Said:
        code = command("import", str(file), "--mapping", str(mapping), *options)
        out, err = capfd.readouterr()
        return Said(code, out, err)

    return run


def test_it_says_what_it_did_and_brings_the_views_up_to_date(
    aanzet: Aanzet, service: Service
) -> None:
    said = aanzet(EXAMPLE)
    assert (said.code, said.err) == (0, "")
    assert "25  request.handled" in said.out
    with service.pool.connection() as connection:
        row = connection.execute("select min(position) from view_position").fetchone()
    assert row == (35,)
    again = aanzet(EXAMPLE)
    assert again.code == 0
    assert "already there         25" in again.out


def test_a_dry_run_says_that_it_stored_nothing(aanzet: Aanzet, service: Service) -> None:
    said = aanzet(EXAMPLE, RECEIPT, "--dry-run")
    assert said.code == 0
    assert "nothing was stored" in said.out
    assert service.log.head() == 0


def test_a_refused_line_makes_the_exit_code_1(aanzet: Aanzet, tmp_path: Path) -> None:
    file = tmp_path / "example.csv"
    file.write_text(EXAMPLE.read_text(encoding="utf-8").replace("Desk", "Loket", 1), "utf-8")
    said = aanzet(file)
    assert said.code == 1
    assert "refused: line 7: case: channel (column 'case:channel')" in said.out


def test_compressed_files_are_read_too(aanzet: Aanzet, tmp_path: Path) -> None:
    file = tmp_path / "example.csv.gz"
    file.write_bytes(gzip.compress(EXAMPLE.read_bytes()))
    assert aanzet(file).code == 0


def _unusable(folder: Path) -> dict[str, tuple[Path, str]]:
    whole = gzip.compress(EXAMPLE.read_bytes())
    made = {
        "empty.csv": (b"", "The file is empty."),
        "empty.csv.gz": (gzip.compress(b""), "The file is empty."),
        "short.csv.gz": (whole[:-20], "The file is compressed and not whole."),
        "header.csv": (b"case:channel\nDesk\n", "The file has no column 'case:startdate'"),
        "twice.csv": (
            EXAMPLE.read_bytes().replace(b"case:department", b"case:channel"),
            "The file has the column 'case:channel' more than once.",
        ),
        "latin.csv": (b"caf\xe9,x\n", "The header, the first line of the file, cannot be read."),
    }
    found: dict[str, tuple[Path, str]] = {}
    for name, (content, said) in made.items():
        (folder / name).write_bytes(content)
        found[name] = folder / name, said
    found["missing"] = folder / "missing.csv", "cannot be read: no such file or directory."
    found["folder"] = folder, "cannot be read: is a directory."
    return found


@pytest.mark.parametrize(
    "name",
    [
        "empty.csv",
        "empty.csv.gz",
        "short.csv.gz",
        "header.csv",
        "twice.csv",
        "latin.csv",
        "missing",
        "folder",
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_sentence(
    aanzet: Aanzet, service: Service, tmp_path: Path, name: str
) -> None:
    file, sentence = _unusable(tmp_path)[name]
    said = aanzet(file)
    assert (said.code, said.out) == (2, "")
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert service.log.head() == 0


def test_a_mapping_that_cannot_be_used_is_told_in_one_sentence(aanzet: Aanzet) -> None:
    said = aanzet(EXAMPLE, FOLDER / "missing.toml")
    assert said.code == 2
    assert "missing.toml cannot be read: no such file or directory." in said.err


def test_without_a_service_it_starts_postgresql_for_the_time_being(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AANZET_DATABASE_URL", raising=False)
    monkeypatch.setenv("AANZET_DATA", str(tmp_path / "data"))
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            main(["import", str(EXAMPLE), "--mapping", str(RECEIPT)])
        assert ended.value.code == 0
