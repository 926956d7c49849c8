"""Which of several media types a client would rather have, by its header Accept (RFC 9110)."""

import re
from collections.abc import Sequence
from typing import Final

_WEIGHT: Final = re.compile(r"q=(0(\.\d{0,3})?|1(\.0{0,3})?)", re.IGNORECASE)


def best(accept: str, given: Sequence[str]) -> str | None:
    """The media type that is wanted most, the first of those that are wanted alike, or none."""
    weights = {each: _weight(accept, each) for each in given}
    wanted = max(given, key=lambda each: weights[each])
    return wanted if weights[wanted] > 0 else None


def _weight(accept: str, media_type: str) -> float:
    """What the range that names it most closely says, from 0 (not at all) to 1."""
    kind = media_type.partition("/")[0]
    closeness = {media_type: 3, f"{kind}/*": 2, "*/*": 1}
    found = (0, 0.0)
    for part in accept.split(","):
        name, *parameters = (text.strip().lower() for text in part.split(";"))
        if name in closeness:
            found = max(found, (closeness[name], _said(parameters)))
    return found[1]


def _said(parameters: Sequence[str]) -> float:
    """The weight of a range: 1 unless it says another; one that cannot be read is as none."""
    weights = [text for text in parameters if text.startswith("q=")]
    if not weights:
        return 1.0
    matched = _WEIGHT.fullmatch(weights[0])
    return float(matched[1]) if matched else 0.0
