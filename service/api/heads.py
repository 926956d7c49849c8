"""HEAD on every route that has GET: the head of what GET answers, made in the same way."""

from typing import Any, Final

from litestar.types import ASGIApp, Message, Receive, Scope, Send

_NOBODY: Final[Message] = {"type": "http.disconnect"}
_NOTHING: Final[Message] = {"type": "http.response.body", "body": b"", "more_body": False}


def heads(app: ASGIApp) -> ASGIApp:
    """Answer HEAD as GET without its body. What would be sent in parts is not made further."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await app(scope, receive, send)
            return
        told = False
        asked: Any = {**scope, "method": "GET"}

        async def hear() -> Any:
            return _NOBODY if told else await receive()

        async def tell(message: Message) -> None:
            nonlocal told
            if message["type"] == "http.response.start" and not told:
                told = True
                # Which route it is, for the line that is written about it.
                scope["path_template"] = asked.get("path_template", "")
                await send(message)
                await send(_NOTHING)

        try:
            await app(asked, hear, tell)
        except Exception:
            # Which route it is, for the problem that is told.
            known: Any = scope
            known.update(asked, method="HEAD")
            raise

    return answer
