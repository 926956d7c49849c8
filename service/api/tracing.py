"""What a request carries with it: its id, the caller, and the JSON that was sent."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.types import Scope


def scope_state(scope: Scope) -> dict[str, Any]:
    """The request's own state, where guards and hooks leave what handlers need."""
    known: Any = scope
    return known.setdefault("state", {})


def state_of(connection: ASGIConnection[Any, Any, Any, Any]) -> dict[str, Any]:
    return scope_state(connection.scope)
