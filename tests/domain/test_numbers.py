"""Numbers that others hand out, and what is none (rule 10)."""

import pytest

from domain.numbers import enterprise_number, vcode


@pytest.mark.parametrize(
    "written",
    ["0123456749", "123456749", "0123.456.749", "BE 0123.456.749", "BE0123456749", "0123 456 749"],
)
def test_an_enterprise_number_is_read_as_its_ten_digits(written: str) -> None:
    assert enterprise_number(written) == "0123456749"


@pytest.mark.parametrize(
    "written",
    [
        "0123456748",
        "012345674",
        "01234567490",
        "2123456749",
        "",
        "none",
        "0123456\u0667\u0664\u0669",
        "\uff10123456749",
    ],
    ids=["check digits", "short", "long", "first digit", "empty", "words", "arabic", "full width"],
)
def test_what_is_no_enterprise_number_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="enterprise number"):
        enterprise_number(written)


@pytest.mark.parametrize(
    ("first", "right", "wrong"),
    [("02000000", "05", "98"), ("01000057", "01", "98"), ("01000155", "97", "00")],
)
def test_check_digits_are_97_less_the_remainder(first: str, right: str, wrong: str) -> None:
    """The remainder lies between 0 and 96, so that 00, 98 and 99 are never right."""
    right = f"{97 - int(first) % 97:02}"
    assert enterprise_number(first + right) == first + right
    with pytest.raises(ValueError, match="enterprise number"):
        enterprise_number(first + wrong)


@pytest.mark.parametrize("check", ["00", "98", "99"])
def test_check_digits_that_only_seem_right_are_refused(check: str) -> None:
    """They leave the right remainder modulo 97, which is all that some programs look at."""
    first = next(n for n in range(2_000_000, 2_000_097) if (n + int(check)) % 97 == 0)
    with pytest.raises(ValueError, match="check digits"):
        enterprise_number(f"0{first}{check}")


@pytest.mark.parametrize("code", ["V0001001", "V0001002", "V9999999"])
def test_a_code_of_the_register_of_associations_is_taken_as_it_is(code: str) -> None:
    assert vcode(code) == code


@pytest.mark.parametrize(
    "text",
    ["V0001000", "V0000000", "v0001001", "V001001", "V00010010", "0001001", "V000100\u0661", ""],
)
def test_what_is_no_such_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="VCode"):
        vcode(text)
