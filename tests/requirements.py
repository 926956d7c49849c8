"""The run-time requirements with their hashes, as uv resolves them from pyproject.toml.

`python -m tests.requirements` writes requirements.txt anew.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
FILE: Final = ROOT / "requirements.txt"
RENEW: Final = "python -m tests.requirements"
SECONDS: Final = 120
# The last time without the network: what was fetched before is as good, since nothing newer counts.
TRIES: Final = ((), (), ("--offline",))


class NotResolved(Exception):  # noqa: N818 - said as a sentence
    """The requirements could not be resolved, which mostly means that the network was away."""

    def __init__(self, said: str) -> None:
        super().__init__(f"uv could not resolve the requirements; please run this again.\n{said}")


def uv() -> str | None:
    """The uv on the path, or the one that the launcher fetched."""
    made = ROOT / ".uv/made/bin/uv"
    return shutil.which("uv") or (str(made) if made.exists() else None)


def resolved(uv: str) -> str:
    """What requirements.txt should hold: its heading, and what uv resolves now.

    Raises:
        NotResolved: with what uv said.
    """
    with tempfile.TemporaryDirectory() as folder:
        # In a folder of its own: a lock file that lies around here has no say.
        shutil.copy(ROOT / "pyproject.toml", folder)
        said = ""
        for how in TRIES:
            try:
                done = subprocess.run(
                    [
                        *(uv, "export", "--quiet", "--project", folder, "--python", sys.executable),
                        *("--no-dev", "--no-emit-project", "--no-header", "--no-annotate", *how),
                    ],
                    capture_output=True,
                    text=True,
                    timeout=SECONDS,
                    check=False,
                    env={k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"},
                )
            except subprocess.TimeoutExpired:
                said = f"It took longer than {SECONDS} seconds."
                continue
            if done.returncode == 0:
                return _heading() + done.stdout
            said = done.stderr
    raise NotResolved(said)


def _heading() -> str:
    return (
        "# What the service needs at run time, each release with the hashes of its files. To renew,"
        f" after\n# a change of dependencies or of exclude-newer in pyproject.toml: {RENEW}\n"
    )


def main() -> None:
    program = uv()
    if program is None:
        sys.exit("uv is not on the path.")
    FILE.write_text(resolved(program), encoding="utf-8")


if __name__ == "__main__":
    main()
