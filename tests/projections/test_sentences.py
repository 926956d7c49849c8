"""Sentences: every fact reads as one in both languages, without names."""

from datetime import UTC, date, datetime
from enum import StrEnum
from string import Formatter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from domain.conversations import FACTS
from domain.facts import Fact
from domain.initiatives import InitiativeRegistered, StrengthIdentified
from domain.municipalities import PolicyPlanAdopted
from domain.pilots import Decision, PilotDecided
from domain.vocabulary import ActorId, Narrative, Personal
from domain.workshops import WorkshopPlanned
from projections.sentences import (
    LONGEST,
    TOKEN,
    Sentence,
    declared,
    named,
    sentence,
    tokens,
    verbatim,
)
from projections.words import WORDS
from tests.facts import CITIZEN, INITIATIVE, SAMPLES

each_fact = pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)

texts = st.text() | st.sampled_from([f"{{{CITIZEN}}}", "{nis:11001}", "{", '{"}\\'])


def fields_of(template: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(template) if field}


def strength(text: str) -> Sentence:
    return sentence(StrengthIdentified(initiative=INITIATIVE, strength=Narrative(text)))


@each_fact
def test_there_is_a_sample_of_every_fact(fact: type[Fact]) -> None:
    assert fact in SAMPLES


@each_fact
def test_every_fact_reads_as_a_sentence_in_both_languages(fact: type[Fact]) -> None:
    for text in structs.astuple(sentence(SAMPLES[fact])):
        assert text
        assert text == text.strip()
        assert not {"{", "}"} & set(TOKEN.sub("", text))
        assert "None" not in text


@each_fact
def test_a_sentence_does_without_what_was_not_stated(fact: type[Fact]) -> None:
    optional = [field.name for field in structs.fields(fact) if field.default is None]
    bare = structs.replace(SAMPLES[fact], **dict.fromkeys(optional))
    assert "None" not in "".join(structs.astuple(sentence(bare)))


@each_fact
def test_both_languages_tell_the_same_values(fact: type[Fact]) -> None:
    assert fields_of(fact.NL) == fields_of(fact.EN)


@each_fact
def test_no_sentence_tells_a_personal_detail(fact: type[Fact]) -> None:
    kinds = declared(fact)
    assert Personal not in {kinds[field] for field in fields_of(fact.NL)}


def test_a_sentence_that_would_tell_a_personal_detail_is_not_made() -> None:
    class Careless(Fact, frozen=True, kw_only=True, tag="test.careless"):
        NL = "{name}"
        EN = "{name}"
        name: Personal

    with pytest.raises(TypeError, match="personal"):
        sentence(Careless(name=Personal("Burger Voorbeeld")))


@each_fact
def test_every_choice_in_a_sentence_has_words_in_both_languages(fact: type[Fact]) -> None:
    kinds = declared(fact)
    for kind in (kinds[field] for field in fields_of(fact.NL)):
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            assert set(WORDS[kind]) == set(kind)
            assert all(word for words in WORDS[kind].values() for word in words)


def test_a_decision_reads_as_what_was_decided() -> None:
    fact = structs.replace(SAMPLES[PilotDecided], decision=Decision.EXTEND)
    assert "verlengd" in sentence(fact).nl
    assert "extended" in sentence(fact).en


def test_a_day_is_written_out() -> None:
    fact = structs.replace(SAMPLES[PolicyPlanAdopted], starts_on=date(2020, 3, 3))
    assert "(3 maart 2020 tot" in sentence(fact).nl
    assert "(3 March 2020 to" in sentence(fact).en


@pytest.mark.parametrize(
    ("at", "nl", "en"),
    [
        (
            datetime(2020, 1, 31, 23, 30, tzinfo=UTC),
            "1 februari 2020 om 00.30 uur",
            "1 February 2020 at 00:30",
        ),
        (
            datetime(2020, 7, 1, 12, 0, tzinfo=UTC),
            "1 juli 2020 om 14.00 uur",
            "1 July 2020 at 14:00",
        ),
    ],
)
def test_a_time_is_that_of_brussels(at: datetime, nl: str, en: str) -> None:
    told = sentence(structs.replace(SAMPLES[WorkshopPlanned], planned_at=at))
    assert told.nl.endswith(nl)
    assert told.en.endswith(en)


@pytest.mark.parametrize(
    ("count", "nl", "en"),
    [(1, "{a_1}", "{a_1}"), (3, "{a_1}, {a_2} en {a_3}", "{a_1}, {a_2} and {a_3}"), (0, "", "")],
)
def test_people_are_named_in_a_row(count: int, nl: str, en: str) -> None:
    people = tuple(ActorId(f"a_{number}") for number in range(1, count + 1))
    told = sentence(structs.replace(SAMPLES[InitiativeRegistered], initiators=people))
    assert told.nl.endswith(f"gestart door {nl}")
    assert told.en.endswith(f"started by {en}")


def test_a_long_text_is_cut_at_a_word() -> None:
    told = strength("zeven woorden " * 40).nl.removeprefix("Sterkte benoemd: ")
    assert LONGEST - len("woorden ") <= len(told) <= LONGEST
    assert told.endswith(("zeven…", "woorden…"))


@given(texts)
def test_nothing_that_people_write_reads_as_a_token(text: str) -> None:
    told = strength(text)
    assert not {"{", "}"} & set(told.nl + told.en)
    assert len(told.nl) <= LONGEST + len("Sterkte benoemd: ")


@given(texts)
def test_verbatim_json_says_the_same_without_tokens(text: str) -> None:
    json = verbatim(msgspec.json.encode([text]))
    assert msgspec.json.decode(json) == [text]
    assert not tokens(json)


@given(st.text())
def test_names_are_put_in_json_as_safely_as_in_text(name: str) -> None:
    text = f"{{{CITIZEN}}} en {{{INITIATIVE}}}"
    names = {str(CITIZEN): name}
    json = named(msgspec.json.encode({"nl": text}), names)
    assert msgspec.json.decode(json) == {"nl": named(text, names)}
    assert named(text, names) == f"{name} en {INITIATIVE}"


def test_tokens_are_the_ids_that_wait_for_a_name() -> None:
    text = f"{{{CITIZEN}}} in {{nis:11001}}"
    assert tokens(text) == tokens(text.encode()) == {CITIZEN, "nis:11001"}
