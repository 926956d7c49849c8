"""A worker of the measurement: the service on a socket that it was handed."""

import os
import socket
from pathlib import Path

from service.running import service_on
from service.serving import serve_until_told
from service.settings import Settings
from service.writing_down import write_down

write_down("info")
settings = Settings(data=Path(os.environ["BENCH_DATA"]), secret=bytes(range(32)))
with (
    socket.socket(fileno=int(os.environ["BENCH_SOCKET"])) as listener,
    service_on(os.environ["BENCH_URL"], settings) as service,
):
    # The views are another process's, as with `aanzet project`.
    serve_until_told(service, listener, projector=False)
