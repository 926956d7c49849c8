"""`/docs`: the API as a page to read, made from the OpenAPI document; nothing is fetched."""

import json
from html import escape
from typing import Any, Final

from litestar import Request, Response, get
from litestar.enums import MediaType

from service.api.access import PUBLIC

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1, h2 { line-height: 1.2 } h2 { margin-top: 2.5rem }
summary { cursor: pointer; padding: .3rem 0 } code, pre { font-family: ui-monospace, monospace }
pre { background: #f4f4f4; padding: .8rem; overflow-x: auto } .verb { font-weight: bold }
"""


@get(
    "/docs",
    opt={PUBLIC: True},
    include_in_schema=False,
    sync_to_thread=False,
    media_type=MediaType.HTML,
)
def documentation(request: Request[Any, Any, Any]) -> Response[str]:
    schema = request.app.openapi_schema.to_schema()
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(_page(schema), media_type=MediaType.HTML, headers=headers)


def _page(schema: dict[str, Any]) -> str:
    groups: dict[str, list[str]] = {}
    for path, verbs in schema["paths"].items():
        for verb, route in verbs.items():
            group = path.removeprefix("/v1/").split("/")[0].lstrip("/")
            groups.setdefault(group, []).append(_route(path, verb, route))
    sections = "".join(
        f"<h2>{escape(group)}</h2>{''.join(routes)}" for group, routes in groups.items()
    )
    title = escape(schema["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1><p>{escape(schema['info']['description'])}</p>"
        '<p>The same as a document: <a href="/v1/openapi.json">/v1/openapi.json</a>. '
        "Send a token with each request: <code>Authorization: Bearer …</code></p>"
        f"{sections}</html>"
    )


def _route(path: str, verb: str, route: dict[str, Any]) -> str:
    parameters = ", ".join(f"<code>{escape(p['name'])}</code>" for p in route.get("parameters", []))
    return (
        f'<details><summary><span class="verb">{verb.upper()}</span> <code>{escape(path)}</code>'
        f" {escape(route.get('summary', ''))}</summary>"
        + (f"<p>Parameters: {parameters}</p>" if parameters else "")
        + "".join(f"<pre>{escape(example)}</pre>" for example in _examples(route))
        + "</details>"
    )


def _examples(route: dict[str, Any]) -> list[str]:
    content = route.get("requestBody", {}).get("content", {}).get("application/json", {})
    return [
        json.dumps(example, ensure_ascii=False, indent=2)
        for example in content.get("schema", {}).get("examples", [])
    ]


ROUTES: Final = (documentation,)
