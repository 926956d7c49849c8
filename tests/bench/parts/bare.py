"""The control of a measurement of reads: a route of Litestar that hands out the same bytes."""

import os
import socket
from pathlib import Path
from typing import Any

import uvicorn
from litestar import Litestar, get
from litestar.enums import MediaType
from litestar.response import Response

BODY = Path(os.environ["BENCH_BODY"]).read_bytes()


@get("/bare", sync_to_thread=False, media_type=MediaType.JSON)
def bare() -> Response[bytes]:
    return Response(BODY, media_type=MediaType.JSON)


app: Any = Litestar([bare], openapi_config=None, logging_config=None)
config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False)
with socket.socket(fileno=int(os.environ["BENCH_SOCKET"])) as listener:
    uvicorn.Server(config).run(sockets=[listener])
