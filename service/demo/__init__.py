"""The demo: one initiative's story, played through the HTTP API and told from its history."""
