"""What is typed after a verb, and what is said about what cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import LANGUAGES
from bot.people import KEY
from bot.verbs import people, sentences
from bot.verbs.arguments import (
    Arguments,
    NumberParameter,
    OptionsParameter,
    Parameter,
    PersonParameter,
    TextParameter,
    UsageError,
    parse,
)
from bot.verbs.table import VERBS

WHO = PersonParameter(sentences.PERSON, required=True)
ANYBODY = PersonParameter(sentences.PERSON)
REASON = TextParameter(sentences.REASON, most=20)
NEEDED = TextParameter(sentences.REASON, most=20, required=True)
COUNT = NumberParameter(sentences.COUNT, default=10, least=1, most=50)
LIMITS = OptionsParameter(sentences.LIMITS, {"messages": ("消息",), "seconds": ()}, most=1000)
REPLIED = "telegram:99"


def read(text: str, *parameters: Parameter[Any], replied: str = "") -> Arguments:
    return parse(parameters, text, replied)


def complaint(text: str, *parameters: Parameter[Any], replied: str = "") -> str:
    with pytest.raises(UsageError) as caught:
        parse(parameters, text, replied)
    assert all(caught.value.say(language) for language in LANGUAGES)
    return caught.value.say("en")


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("telegram:7", "telegram:7"),
        ("Telegram:7", "telegram:7"),
        ("telegram：７", "telegram:7"),
        ("`telegram:7`", "telegram:7"),
        ("telegram:7,", "telegram:7"),
        ("telegram:chat-1001234", "telegram:chat-1001234"),
        ("slack:T0/U0", "slack:T0/U0"),
        ("slack:t0/u0", "slack:T0/U0"),
        ("web:" + "0a" * 16, "web:" + "0a" * 16),
        ("web:api", "web:api"),
    ],
)
def test_a_person_is_recognised_however_it_is_typed(typed: str, key: str) -> None:
    given = read(f"  {typed}   for  spam\n", WHO, REASON)
    assert (given[WHO], given[REASON]) == (key, "for spam")


@pytest.mark.parametrize(
    "typed",
    ["7", "telegram:", "telegram:anna", "telegram:07", "slack:U0", "web:short", "@anna", "T0/U0", "anna:7", "::"],
)
@pytest.mark.parametrize("replied", ["", REPLIED])
def test_what_was_meant_as_a_person_is_never_taken_for_a_remark(typed: str, replied: str) -> None:
    said = complaint(f"{typed} spam", WHO, REASON, replied=replied)
    assert "telegram:<number>" in said


def test_a_reply_stands_for_the_person() -> None:
    for text, reason in (("", ""), ("spam again", "spam again")):
        given = read(text, WHO, REASON, replied=REPLIED)
        assert (given[WHO], given[REASON]) == (REPLIED, reason)
    assert read("telegram:7", WHO, replied=REPLIED)[WHO] == "telegram:7"
    assert "reply to a message" in complaint("", WHO)
    assert "`spam`" in complaint("spam", WHO, REASON)


def test_options_are_read_kindly() -> None:
    for typed in ("messages=5 seconds=0", "messages = 5   seconds＝none", "消息=5 SECONDS=0"):
        assert read(f"telegram:7 {typed}", ANYBODY, LIMITS)[LIMITS] == {"messages": 5, "seconds": 0}
    assert read("telegram:7 messages=default", ANYBODY, LIMITS)[LIMITS] == {"messages": None}
    assert read("", ANYBODY, LIMITS)[LIMITS] == {}
    assert read("messages=5", ANYBODY, LIMITS)[ANYBODY] == ""


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("telegram:7 mesages=5", "`mesages=5`"),
        ("telegram:7 messages", "`messages`"),
        ("telegram:7 messages=many", "`many` is not a whole number"),
        ("telegram:7 messages=", "not a whole number"),
        ("telegram:7 messages=1001", "between 0 and 1000"),
        ("telegram:7 messages=-1", "between 0 and 1000"),
        ("telegram:7 5", "`messages=`, `seconds=`"),
    ],
)
def test_options_that_cannot_be_used_are_named(typed: str, said: str) -> None:
    assert said in complaint(typed, ANYBODY, LIMITS)


def test_numbers() -> None:
    assert read("", COUNT)[COUNT] == 10
    assert read("１２", COUNT)[COUNT] == 12
    assert "`ten` is not a whole number" in complaint("ten", COUNT)
    assert "between 1 and 50" in complaint("51", COUNT)
    assert "`please`" in complaint("5 please", COUNT)


def test_texts_have_a_length_and_may_be_needed() -> None:
    assert "21 characters" in complaint("x" * 21, REASON)
    assert "reason" in complaint("", NEEDED)


def test_a_verb_without_parameters_is_content_with_anything() -> None:
    read("please, and thank you")


def test_what_is_shown_of_somebodys_words_is_short_and_cannot_break_out() -> None:
    said = complaint("`" * 9 + "@" + "x" * 300 + "\u202e\n", WHO)
    assert "\u202e" not in said
    assert len(said) < 400
    assert said.count("`") % 2 == 0


@given(st.text(max_size=200), st.sampled_from([verb for verb in VERBS if verb.parameters]))
def test_anything_typed_is_read_or_complained_about(text: str, verb: Any) -> None:
    said: list[str] = []
    try:
        taken = parse(verb.parameters, text, REPLIED)
    except UsageError as error:
        said = [error.say(language) for language in LANGUAGES]
    else:
        assert people.WHO not in verb.parameters or KEY.fullmatch(taken[people.WHO])
    assert all(said)


def test_every_example_in_the_table_can_be_typed() -> None:
    for verb in VERBS:
        assert bool(verb.parameters) == bool(verb.example)
        parse(verb.parameters, verb.example, "")


@pytest.mark.parametrize("typed", ["", "`", "``  `"])
def test_what_is_missing_is_not_shown_as_empty(typed: str) -> None:
    said = []
    for verb in VERBS:
        try:
            parse(verb.parameters, typed, "")
        except UsageError as error:
            said += [(verb.name, error.say(language)) for language in LANGUAGES]
    assert said
    assert [problem for problem in said if "``" in problem[1]] == []
