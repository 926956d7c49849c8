"""`python -m service` is the command line `aanzet`."""

import sys


def run() -> None:
    """Run the command line; Ctrl-C while it still loads ends it without a traceback."""
    try:
        from service.cli import main  # noqa: PLC0415 - loading takes long enough to be stopped
    except KeyboardInterrupt:
        sys.exit(130)
    main()


run()
