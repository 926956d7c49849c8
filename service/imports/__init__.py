"""Bringing in what was kept in files before: lines of CSV or NDJSON become commands."""
