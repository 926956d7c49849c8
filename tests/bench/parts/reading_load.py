"""The readers of a measurement: connections that each ask the same again and again.

    reading_load.py PORT PATH TOKEN CONNECTIONS SECONDS

Prints how many answers a second came. Plain sockets and prepared bytes, so that as little as can be
of the machine goes to asking.
"""

import selectors
import socket
import sys
import time
from typing import Final

PATIENCE_SECONDS: Final = 20
END: Final = b"\r\n\r\n"


def connected(port: int) -> socket.socket:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        except ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def length_of_answer(connection: socket.socket, request: bytes) -> int:
    """The length of one whole answer, in bytes; all others are as long."""
    connection.sendall(request)
    answer = b""
    while END not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(END)
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(answer.decode())
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    left = length - len(body)
    while left:
        left -= len(connection.recv(left))
    return len(head) + len(END) + length


def load(port: int, path: str, token: str, connections: int, seconds: float) -> float:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n"
    ).encode()
    asking = [connected(port) for _ in range(connections)]
    length = length_of_answer(asking[0], request)
    left = {one.fileno(): length for one in asking}
    with selectors.DefaultSelector() as ready:
        for one in asking:
            one.settimeout(0)
            ready.register(one, selectors.EVENT_READ)
            one.send(request)
        done, began = 0, time.perf_counter()
        while time.perf_counter() < began + seconds:
            for key, _ in ready.select(1):
                one = key.fileobj
                assert isinstance(one, socket.socket)
                came = one.recv(262144)
                if left[key.fd] == length and not came.startswith(b"HTTP/1.1 200"):
                    raise SystemExit(came.decode())
                left[key.fd] -= len(came)
                if left[key.fd] == 0:
                    done, left[key.fd] = done + 1, length
                    one.send(request)
        return done / (time.perf_counter() - began)


if __name__ == "__main__":
    port, path, token, connections, seconds = sys.argv[1:]
    sys.stdout.write(f"{load(int(port), path, token, int(connections), float(seconds))}\n")
