"""Handlers whose parameters are made from a command or a view."""

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from litestar import Request
from litestar.openapi.datastructures import ResponseSpec

REQUIRED: Final = inspect.Parameter.empty
Parameters = Mapping[str, tuple[Any, Any]]
"""By name: the annotated type, and the default or `REQUIRED`."""

Answer: Final = partial(ResponseSpec, generate_examples=False)
"""What a route may answer; the examples that would be made up are random texts."""


def sign(handle: Callable[..., Any], name: str, parameters: Parameters, answer: Any) -> None:
    """Give a handler a name and a signature, which Litestar reads and OpenAPI tells."""
    kinds: Parameters = {"request": (Request[Any, Any, Any], REQUIRED), **parameters}
    handle.__signature__ = inspect.Signature(  # pyright: ignore[reportFunctionMemberAccess]
        [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default
            )
            for name, (kind, default) in kinds.items()
        ],
        return_annotation=answer,
    )
    annotations = {name: kind for name, (kind, _) in kinds.items()}
    handle.__annotations__ = {**annotations, "return": answer}
    handle.__name__ = name
