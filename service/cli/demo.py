"""`aanzet demo`: the story of one initiative, played in a place of its own, and its history."""

import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import Final

import httpx
import rich_click as click
from msgspec import Struct
from rich.console import Console
from rich.progress import track

from domain.vocabulary import ActorId
from service.cli.terminal import plain_console
from service.clock import StoryClock
from service.demo.place import check_free, settings_of_demo
from service.demo.reading import Reader
from service.demo.story import COORDINATORS, STORY, StoryRefused, Telling
from service.demo.tables import history_table
from service.running import database, service_on
from service.serving import listening, serving
from service.settings import port, read_settings
from service.signin import Issuer, Role
from service.writing_down import write_down

HOST: Final = "127.0.0.1"
"""This computer only: the tokens that are printed open everything in the demo."""
SECONDS: Final = 30


@click.command
@click.option("--port", "port_text", metavar="PORT", help="Port to listen on (default 8000).")
@click.option("--exit", "leaves", is_flag=True, help="End after the story instead of staying up.")
def demo(port_text: str | None, *, leaves: bool) -> None:
    """Play the story of one initiative, from 2019 to 2025, and show its history.

    It has a data folder and a database of its own. Playing it again adds nothing.
    """
    settings = settings_of_demo(read_settings())
    number = port(port_text, "--port") if port_text else settings.port
    address = f"http://{HOST}:{number}"
    # Lines about requests would stand between those of the story.
    write_down("warning")
    console, clock = plain_console(), StoryClock()
    with told_to_end() as told, listening(HOST, number) as listener:
        if settings.database_url:
            _say(console, f"The demo plays in your own database; its key is in {settings.data}")
        else:
            _say(console, f"The demo keeps its data in {settings.data}")
        with database(settings) as url:
            check_free(url, settings)
            with (
                service_on(url, settings, clock) as service,
                serving(service, listener),
                httpx.Client(base_url=address, timeout=SECONDS, trust_env=False) as client,
            ):
                show = Show(console=console, client=client, issuer=service.issuer, clock=clock)
                if show.runs_until_told(told) and not leaves:
                    _say(console, f"\nThe demo listens on {address}. Ctrl-C stops it.")
                    told.wait()


class Show(Struct, frozen=True, kw_only=True):
    """What a run of the demo prints, and whom it asks."""

    console: Console
    client: httpx.Client
    issuer: Issuer
    clock: StoryClock

    def runs_until_told(self, told: Event) -> bool:
        """Play the story and print what came of it; tells whether it came to its end."""
        telling = Telling(self.client, self.issuer, self.clock)
        try:
            whole = self._play(telling, told)
        except StoryRefused as refused:
            raise click.ClickException(str(refused)) from None
        if whole:
            self._print_histories(telling)
            self._print_tokens(telling)
        return whole

    def _play(self, telling: Telling, told: Event) -> bool:
        began, before = time.perf_counter(), self._end()
        # Where the tables do not go, so that a file or a pipe gets them alone.
        beside = Console(stderr=True)
        steps = track(
            telling.play(),
            "Playing the story",
            total=len(STORY),
            console=beside,
            transient=True,
            disable=not beside.is_terminal,
        )
        for _ in steps:
            if told.is_set():
                return False
        added, seconds = self._end() - before, time.perf_counter() - began
        became = f"{added} events recorded" if added else "everything was there already"
        _say(self.console, f"Played the story's {len(STORY)} steps in {seconds:.1f} s: {became}.")
        return True

    def _end(self) -> int:
        """Where the log ends."""
        return self.client.get("/ready").raise_for_status().json()["position"]

    def _print_histories(self, telling: Telling) -> None:
        initiative, neighbour = telling.id("initiative"), telling.id("neighbour")
        as_auditor = self._reader(telling, self._sign(Role.AUDITOR))
        as_neighbour = self._reader(telling, self._sign(Role.ACTOR, neighbour))
        names = as_auditor.names() | {
            self.issuer.read(self.issuer.sign(name, Role.COORDINATOR)).user: name
            for name in COORDINATORS.values()
        }
        for title, told_of, lines in (
            ("De Plukronde", initiative, as_auditor.history(f"/v1/initiatives/{initiative}")),
            (names[neighbour], neighbour, as_neighbour.history("/v1/me")),
        ):
            _say(self.console, f"\nThe history of {title}\n{told_of}", style="bold")
            self.console.print(history_table(lines, names))

    def _reader(self, telling: Telling, token: str) -> Reader:
        return Reader(self.client, token, telling.position)

    def _print_tokens(self, telling: Telling) -> None:
        neighbour = telling.id("neighbour")
        _say(self.console, "A token for each role, valid for 8 hours, and what to do with it\n")
        for role, path, what in (
            (Role.COORDINATOR, "/v1/requests", "All support requests"),
            (Role.AUDITOR, f"/v1/pilots/{telling.id('pilot')}/replay", "A pilot, step by step"),
            (
                Role.EVALUATOR,
                f"/v1/initiatives/{telling.id('initiative')}/history",
                "An initiative, with pseudonyms for names",
            ),
            (Role.ACTOR, "/v1/me/history", "What concerns the Buurtbewoner uit de Kerkstraat"),
            (Role.OPERATOR, "/ready", "Whether everything works"),
        ):
            token = self._sign(role, neighbour if role is Role.ACTOR else None)
            header = f'-H "Authorization: Bearer ${role.upper()}"'
            _say(self.console, f"# {what}\n{role.upper()}={token}")
            _say(self.console, f"curl -s {header} {self.client.base_url}{path}\n")

    def _sign(self, role: Role, actor: str | None = None) -> str:
        return self.issuer.sign(f"demo {role}", role, actor=ActorId(actor) if actor else None)


@contextmanager
def told_to_end() -> Generator[Event]:
    """What Ctrl-C or SIGTERM sets, for as long as the block runs."""
    told = Event()
    numbers = (signal.SIGINT, signal.SIGTERM)

    def tell(_number: int, _frame: FrameType | None) -> None:
        told.set()

    before = [signal.signal(number, tell) for number in numbers]
    try:
        yield told
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _say(console: Console, text: str, style: str = "") -> None:
    """Print without breaking lines: an id, a token or a path is copied whole."""
    console.print(text, style=style, soft_wrap=True)
