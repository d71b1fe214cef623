"""How training asks: in many ways, never as the evaluation does, and always for what is meant."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from deploy.demo_model.asking import about, ask, follow_up
from deploy.demo_model.pages.wordings import NAMES, uses, wordings
from deploy.demo_model.phrases import FACTS
from deploy.demo_model.samples import Language

LANGUAGES: Sequence[Language] = ("en", "zh")
KINDS = (*FACTS, "read", "exists", "field", "other", "colour", "first_line", "last_line")
NAME = "Gift wrap 3x"
DRAWS = 2000


def bare(question: str) -> str:
    return question.casefold().strip("?.!？。！ ")


def evaluated(language: Language) -> set[str]:
    """What the evaluation asks, the name of what may be there filled in as in these tests."""
    asked = set()
    for use in uses(language):
        for line in wordings(use, language):
            names = NAMES[language].values() if use in ("follow_up", "next_picture") else (NAME,)
            asked |= {bare(line.replace("{name}", name)) for name in names}
    return asked


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_questions_are_many_and_not_those_of_the_evaluation(kind: str, language: Language) -> None:
    r = random.Random(f"{kind} {language}")
    drawn = [ask(r, kind, language, NAME) for _ in range(DRAWS)]

    assert len(set(drawn)) > (DRAWS / 2 if kind in FACTS and language == "en" else 100)
    assert not {bare(question) for question in drawn} & evaluated(language)
    assert all("{" not in question for question in drawn)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["exists", "field"])
def test_names_stay_as_they_are(kind: str, language: Language) -> None:
    r = random.Random(kind)

    assert all(NAME in ask(r, kind, language, NAME) for _ in range(DRAWS))


@pytest.mark.parametrize("kind", KINDS)
def test_chinese_questions_are_chinese(kind: str) -> None:
    r = random.Random(kind)

    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in ask(r, kind, "zh", "X")) for _ in range(200))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", FACTS)
def test_follow_ups_are_many_and_not_those_of_the_evaluation(kind: str, language: Language) -> None:
    r = random.Random(kind)
    for again in (False, True):
        drawn = {follow_up(r, kind, language, again=again) for _ in range(DRAWS)}

        assert len(drawn) > 200
        assert not {bare(question) for question in drawn} & evaluated(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_which_screenshot_is_meant_stands_round_the_question(language: Language) -> None:
    r = random.Random(5)
    question = "What is the total?" if language == "en" else "总金额是多少？"
    said = {number: {about(r, question, number, language) for _ in range(200)} for number in (1, 2)}

    assert not said[1] & said[2]
    assert all(bare(question)[1:] in one.casefold() for number in said for one in said[number])


def test_same_seed_gives_the_same_questions() -> None:
    first, second = (
        [ask(r, kind, "en", NAME) for kind in KINDS] for r in (random.Random("seed"), random.Random("seed"))
    )

    assert first == second
