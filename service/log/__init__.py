"""The event log on PostgreSQL: append, read, seal."""
