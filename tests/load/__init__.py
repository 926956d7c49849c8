"""The load data of the project, ten years from a seed: see docs/load-data.md."""

from tests.load.loading import digest, load, stored
from tests.load.replay import replay
from tests.load.years import Told, generate

__all__ = ["Told", "digest", "generate", "load", "replay", "stored"]
