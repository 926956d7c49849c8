"""`python -m service` is the command line `aanzet`."""

from service.cli import main

main()
