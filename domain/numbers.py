"""Numbers that others hand out: enterprise numbers and codes of associations.

Sources: the Crossroads Bank for Enterprises (ten digits, the last two are 97 minus the first
eight modulo 97) and the Flemish register of associations (V and seven digits, from V0001001;
no check digit).
"""

import re
from typing import Final

from stdnum.be import vat
from stdnum.exceptions import ValidationError

from domain.vocabulary import EnterpriseNumber, VCode

FIRST_VCODE: Final = 1001


def enterprise_number(text: str) -> EnterpriseNumber:
    """The ten digits of an enterprise number, written with or without BE, dots or spaces.

    Raises:
        ValueError: with a sentence, if it is none.
    """
    if not text.isascii():
        raise ValueError("An enterprise number has ten digits.")
    try:
        number = vat.validate(text)
    except ValidationError as error:
        raise ValueError(f"This is not an enterprise number: {error}") from None
    # stdnum compares modulo 97, so that it also takes 00, 98 and 99 for check digits.
    if int(number[8:]) != 97 - int(number[:8]) % 97:
        raise ValueError("This is not an enterprise number: the check digits are wrong.")
    return EnterpriseNumber(number)


def vcode(text: str) -> VCode:
    """A code of the Flemish register of associations, e.g. V0001001.

    Raises:
        ValueError: with a sentence, if it is none.
    """
    if not re.fullmatch(r"V[0-9]{7}", text, re.ASCII) or int(text[1:]) < FIRST_VCODE:
        raise ValueError("A VCode is a V and seven digits, from V0001001.")
    return VCode(text)
