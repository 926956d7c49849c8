"""How it is asked for: HTTP routes, command line, sign-in, settings, the event log's storage."""
