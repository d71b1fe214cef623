"""Reading questions with their right answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.errors import LookseeError
from bot.evaluation.cases import MOST_FAULTS, choose, read_cases
from bot.extraction import PRODUCT

LINE = {"question": "What is the total?", "image": "a.png", "answer": "12.00", "kind": "total"}
LAMP = {"name": "Lamp", "price": "$ 12.00", "quantity": 1}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two pictures."""
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"picture")
    return tmp_path


def write(folder: Path, *lines: dict[str, Any] | str) -> Path:
    file = folder / "questions.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    file.write_text("\n".join(texts) + "\n", "utf-8")
    return file


def test_a_line(folder: Path) -> None:
    (case,) = read_cases(write(folder, "", LINE | {"answer": ["12.00", "12"]}))
    assert (case.line, case.kind, case.accepted, case.history, case.schema) == (2, "total", ("12.00", "12"), (), "")
    assert case.asked.question == "What is the total?"
    assert case.asked.pictures == (folder / "a.png",)
    assert case.asked.language == "en"


def test_several_pictures_and_none(folder: Path) -> None:
    several = {"question": "图里有什么？", "images": ["b.png", "a.png"], "answer": "灯", "kind": "read"}
    none = {"question": "Hello\u2028there", "answer": "Please send a screenshot.", "kind": "no_picture"}
    cases = read_cases(write(folder, several, json.dumps(none, ensure_ascii=False)))
    assert [path.name for path in cases[0].asked.pictures] == ["b.png", "a.png"]
    assert cases[0].asked.language == "zh"
    assert cases[1].asked.pictures == ()
    assert cases[1].asked.question == "Hello\u2028there"


def test_history_and_its_language(folder: Path) -> None:
    before = {"question": "总额是多少？", "image": "a.png", "answer": ["总额是 12.00。", "12.00"]}
    (case,) = read_cases(write(folder, {"question": "?", "answer": "1", "kind": "x", "history": [before]}))
    ((asked, answered),) = case.history
    assert (asked.pictures, asked.language, answered) == ((folder / "a.png",), "zh", "总额是 12.00。")
    assert case.asked.language == "zh"
    (case,) = read_cases(write(folder, LINE | {"language": "zh"}))
    assert case.asked.language == "zh"


def test_a_customers_question_may_have_no_right_answer_yet(folder: Path) -> None:
    feedback = {"answer": "13.00", "rating": -1, "reason": "wrong", "prompt_version": "v1"}
    rated = LINE | {"answer": None, "feedback": feedback}
    cases = read_cases(write(folder, rated, rated | {"answer": "12.00"}, rated | {"withhold": True}, LINE))
    assert [case.judged for case in cases] == [False, True, True, True]
    with pytest.raises(LookseeError, match="line 1: answer: a text"):
        read_cases(write(folder, LINE | {"answer": None}))


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        (LAMP, (LAMP,)),
        (json.dumps(LAMP), (LAMP,)),
        ([LAMP, json.dumps(LAMP | {"quantity": None})], (LAMP, LAMP | {"quantity": None})),
    ],
)
def test_a_schema_by_name(folder: Path, answer: object, accepted: tuple[Any, ...]) -> None:
    (case,) = read_cases(write(folder, LINE | {"schema": "product", "answer": answer}))
    assert case.schema == PRODUCT.described
    assert case.accepted == accepted


def test_a_schema_in_a_file(folder: Path) -> None:
    (folder / "text.json").write_text('{"type": "string"}')
    (case,) = read_cases(write(folder, LINE | {"schema": "text.json"}))
    assert (json.loads(case.schema), case.accepted) == ({"type": "string"}, ("12.00",))


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in LINE.items() if name != key}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ("[1]", "valid dictionary"),
        (without("question"), "question: Field required"),
        (without("kind"), "kind: Field required"),
        (without("answer"), "there is no answer"),
        (without("image") | {"question": " "}, "neither a question nor a picture"),
        (LINE | {"images": ["b.png"]}, "either image or images"),
        (LINE | {"image": "c.png"}, "there is no picture"),
        (LINE | {"image": "."}, "there is no picture"),
        (LINE | {"histroy": []}, "histroy: Extra inputs"),
        (LINE | {"history": [{"question": "a"}]}, "history.0.answer: Field required"),
        (LINE | {"history": [{"question": "a", "answer": "b", "image": "c.png"}]}, "there is no picture"),
        (LINE | {"answer": []}, "answer: a text, or a list"),
        (LINE | {"answer": ["12", " "]}, "answer: a text, or a list"),
        (LINE | {"answer": {"total": 12}}, "answer: a text, or a list"),
        (LINE | {"language": "fr"}, "language: Input should be 'en' or 'zh'"),
        (LINE | {"schema": "product"}, "answer: not what the JSON Schema describes"),
        (LINE | {"schema": "product", "answer": LAMP | {"quantity": "1"}}, "answer: not what the JSON Schema"),
        (LINE | {"schema": "absent.json"}, "absent.json: No such file"),
        (LINE | {"schema": "wrong.json"}, "schema: not a JSON Schema"),
        (LINE | {"schema": "elsewhere.json"}, "schema: it refers to what is not in it"),
        (LINE | {"schema": "product", "answer": LAMP, "history": [LINE]}, "history.0.kind: Extra inputs"),
        (
            LINE | {"schema": "product", "answer": LAMP, "history": [without("kind")]},
            "schema and history do not go together",
        ),
    ],
)
def test_a_fault_is_told_with_its_line(folder: Path, line: dict[str, Any] | str, said: str) -> None:
    (folder / "wrong.json").write_text('{"type": "nothing"}')
    (folder / "elsewhere.json").write_text('{"$ref": "http://127.0.0.1:1/schema"}')
    with pytest.raises(LookseeError) as caught:
        read_cases(write(folder, LINE, line, LINE))
    message = str(caught.value)
    assert said in message
    assert all(part.startswith(f"{folder}/questions.jsonl, line 2: ") for part in message.split("\n")), message


def test_all_faults_are_told_at_once_but_no_endless_list(folder: Path) -> None:
    with pytest.raises(LookseeError) as caught:
        read_cases(write(folder, *[without("kind")] * (MOST_FAULTS + 5)))
    *faults, last = str(caught.value).split("\n")
    assert len(faults) == MOST_FAULTS
    assert last == "... and 5 more"


@pytest.mark.parametrize(
    ("content", "said"), [(b"\n\n", "no questions"), (b"\xff\xfe{}", "not UTF-8"), (None, "No such file")]
)
def test_a_file_that_is_none(folder: Path, content: bytes | None, said: str) -> None:
    file = folder / "questions.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(LookseeError, match=said):
        read_cases(file)


def test_some_of_them_are_spread_over_all(folder: Path) -> None:
    languages = ["en", "zh"] * 10
    cases = read_cases(write(folder, *(LINE | {"language": language} for language in languages)))
    assert choose(cases, language=None, limit=None) == cases
    assert choose(cases, language=None, limit=99) == cases
    assert [case.line for case in choose(cases, language=None, limit=4)] == [1, 6, 11, 16]
    chinese = choose(cases, language="zh", limit=3)
    assert [case.line for case in chinese] == [2, 8, 14]
