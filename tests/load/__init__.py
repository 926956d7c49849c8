"""The load data of the project, ten years from a seed: see docs/load-data.md."""
