"""An import: the lines of a file, as a mapping reads them, into the log."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

import structlog
from msgspec.structs import replace

from domain.refusals import Refusal, Unknown
from service.commands import ATTEMPTS, Contended, Handler
from service.ids import new_uuid
from service.imports.draft import Draft
from service.imports.lines import Line, Reading, Unreadable
from service.imports.mapping import ImportMapping, Rule
from service.imports.orders import LineRefused, Run, applies, intent_of, key_of
from service.imports.report import LineReport, Report
from service.log.store import ConditionFailed, KeyReused
from service.running import Service

_LOG: Final = structlog.get_logger(__name__)
STORED_TOGETHER: Final = 500
"""Lines in one transaction: large enough to be quick, small enough to let others in between."""
USER: Final = "import"
REFUSING: Final = (LineRefused, Refusal, Unknown, KeyReused)
"""What refuses one line and leaves the others as they are."""

Progress = Callable[[int], None]
"""Told how many bytes of the file are done."""


def import_lines(
    service: Service,
    lines: Reading,
    mapping: ImportMapping,
    *,
    dry_run: bool = False,
    progress: Progress = lambda _: None,
) -> Report:
    """Record what the lines of a file say; in a dry run, decide all of it and store nothing.

    Raises:
        Contended: if others were faster too many times; what was stored until then stays.
    """
    run = Run(
        mapping=mapping,
        file=lines.file,
        request_id=new_uuid(),
        recorded_by=service.issuer.user(USER),
    )
    importing = _Importing(service, run, dry_run=dry_run)
    for some in _together(lines):
        importing.take(some)
        progress(lines.done)
    report = importing.report
    _LOG.info(
        "import",
        mapping=mapping.name,
        request_id=run.request_id,
        recorded_by=run.recorded_by,
        dry_run=dry_run,
        lines=report.lines,
        refused=len(report.refused),
        events=report.events.total(),
    )
    return report


def _together(lines: Reading) -> Iterator[list[Line | Unreadable]]:
    one_by_one = iter(lines)
    while some := list(islice(one_by_one, STORED_TOGETHER)):
        yield some


class _Importing:
    def __init__(self, service: Service, run: Run, *, dry_run: bool) -> None:
        self.report = Report()
        self._run = run
        self._dry_run = dry_run
        self._draft = Draft(service.log, service.clock)
        self._handler = Handler(self._draft, service.clock)
        self._begun: dict[str, int] = {}

    def take(self, lines: Iterable[Line | Unreadable]) -> None:
        """Carry out what some lines say, together or not at all."""
        for _ in range(ATTEMPTS):
            taken = self._decided(lines)
            try:
                if not self._dry_run:
                    self._draft.store()
            except ConditionFailed:
                self._draft.drop()
            else:
                for line in taken:
                    self.report.add(line)
                return
        raise Contended

    def _decided(self, lines: Iterable[Line | Unreadable]) -> list[LineReport]:
        mapping = self._run.mapping
        self._draft.learn(
            key_of(mapping, rule, line)
            for line in lines
            if isinstance(line, Line)
            for rule in mapping.rules
        )
        return [self._line(line) for line in lines]

    def _line(self, line: Line | Unreadable) -> LineReport:
        if isinstance(line, Unreadable):
            return LineReport(line=line.number, refusal=line.reason)
        things: dict[str, str] = {}
        told = LineReport(line=line.number)
        for rule in self._run.mapping.rules:
            if not applies(rule, line):
                continue
            key = key_of(self._run.mapping, rule, line)
            known = self._draft.known(key)
            if rule.once and known:
                things[rule.name] = known.id
                continue
            try:
                outcome = self._handler.carry_out(intent_of(self._run, rule, line, things))
            except REFUSING as error:
                return replace(told, refusal=self._reason(rule, error))
            things[rule.name] = outcome.id
            if not known:
                self._begun.setdefault(outcome.id, line.number)
                told = replace(
                    told,
                    events=(*told.events, *(event.type for event in outcome.events)),
                    out_of_order=told.out_of_order or self._draft.out_of_order(key),
                )
        return told

    def _reason(self, rule: Rule, error: Exception) -> str:
        match error:
            case LineRefused():
                return str(error)
            case KeyReused():
                return f"{rule.name}: It was imported before, and said something else then."
            case _:
                # A thing of this very file has no id yet that anybody could know.
                said = re.sub(r"[a-z]+_[0-7][0-9a-z]{25}", self._named, str(error))
                return f"{rule.name}: {said}"

    def _named(self, found: re.Match[str]) -> str:
        line = self._begun.get(found[0])
        return f"that of line {line}" if line else found[0]
