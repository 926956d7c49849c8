"""Full text in Dutch: "buurten" finds "buurt", and accents make no difference.

PostgreSQL stems; accents are taken off here, in what is kept and in what is asked alike, so
that no extension is needed for it.
"""

import re
import unicodedata
from typing import Final

CONFIGURATION: Final = "pg_catalog.dutch"
LONGEST: Final = 100_000
"""Characters that are kept: PostgreSQL refuses a text whose words take up more than a megabyte."""
_PLURAL: Final = re.compile("(?<=\\w)['\u2019]s\\b")


def plain(text: str) -> str:
    """A text in small letters, without accents and without the 's of a plural such as café's."""
    parts = unicodedata.normalize("NFKD", _PLURAL.sub("", text.casefold()))
    return "".join(part for part in parts if not unicodedata.combining(part))[:LONGEST]
