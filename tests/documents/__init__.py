"""The living reference: pages of docs/ that are made from the code.

`python -m tests.documents` writes them anew; tests/promises/test_documents.py finds those that
are no longer true.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.documents import cli, events, routes, rules, settings

FOLDER: Final = Path(__file__).parents[2] / "docs"
RENEW: Final = "python -m tests.documents"
PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "events.md": events.page,
    "rules.md": rules.page,
    "settings.md": settings.page,
    "cli.md": cli.page,
    "routes.md": routes.page,
}
