"""The HTTP API: one module per conversation of the domain."""
