"""`looksee eval`, as people type it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app

LINE = {"image": "screenshot.png", "question": "What is the error code?", "answer": "E-4127", "kind": "error_code"}


@pytest.fixture
def questions(configured: Path) -> Path:
    """A file of two questions, in a folder that is not the one to work in."""
    folder = configured / "set"
    folder.mkdir()
    (folder / "screenshot.png").write_bytes((configured / "screenshot.png").read_bytes())
    lines = [LINE, LINE | {"question": "总额是多少？", "kind": "total", "answer": "12.00"}]
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder / "questions.jsonl"


def test_eval(questions: Path, tmp_path: Path) -> None:
    words = ["eval", str(questions), "--report", "report.html", "--json", "figures.json"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert "error_code" in result.stdout
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["total"]["questions"] == 2
    assert "Wrong answers: 2" in (tmp_path / "report.html").read_text()


def test_the_same_answers_each_time(questions: Path, tmp_path: Path) -> None:
    said = []
    for name in ("one.json", "two.json"):
        assert CliRunner().invoke(app, ["eval", str(questions), "--json", name]).exit_code == 0
        said.append([wrong["given"] for wrong in json.loads((tmp_path / name).read_text())["wrong"]])
    assert said[0] == said[1]
    assert all(said[0])


def test_sampled_answers_differ(questions: Path, tmp_path: Path) -> None:
    said = set()
    for number in range(4):
        assert CliRunner().invoke(app, ["eval", str(questions), "--sampled", "--json", f"{number}"]).exit_code == 0
        said.add(json.loads((tmp_path / f"{number}").read_text())["wrong"][0]["given"])
    assert len(said) > 1


def test_questions_without_a_right_answer_are_passed_over(questions: Path) -> None:
    lines = [json.loads(line) for line in questions.read_text().splitlines()]
    lines[0] |= {"answer": None, "feedback": {"rating": -1}}
    questions.write_text("\n".join(map(json.dumps, lines)))
    result = CliRunner().invoke(app, ["eval", str(questions), "--json", "figures.json"])
    assert result.exit_code == 0, result.output
    assert result.stderr == 'Passed over, for want of a right answer in "answer": lines 1\n'
    assert json.loads(Path("figures.json").read_text())["total"]["questions"] == 1
    questions.write_text(json.dumps(lines[0]))
    result = CliRunner().invoke(app, ["eval", str(questions)])
    assert (result.exit_code, "none of its questions has a right answer yet" in result.stderr) == (2, True)


def test_some_of_the_questions(questions: Path) -> None:
    for words, kind in ((["--language", "zh"], "total"), (["--limit", "1"], "error_code")):
        result = CliRunner().invoke(app, ["eval", str(questions), *words])
        assert result.exit_code == 0, result.output
        assert {"total", "error_code"} & {line.split(" ")[0] for line in result.stdout.splitlines()} == {kind}


@pytest.mark.parametrize(("percent", "status"), [("0", 0), ("50", 1)])
def test_what_is_required(questions: Path, percent: str, status: int) -> None:
    result = CliRunner().invoke(app, ["eval", str(questions), "--require", percent])
    assert result.exit_code == status, result.output
    assert ("50 % are required" in result.stderr) is (status == 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["absent.jsonl"], "absent.jsonl: No such file"),
        (["set/broken.jsonl"], "set/broken.jsonl, line 2: there is no picture set/absent.png"),
        (["set/questions.jsonl", "--report", "absent/report.html"], "absent/report.html cannot be written"),
        (["set/english.jsonl", "--language", "zh"], "no questions in this language"),
    ],
)
@pytest.mark.usefixtures("questions")
def test_what_cannot_be(tmp_path: Path, words: list[str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # With a model that cannot be loaded, its fault would be told if anything was begun.
    monkeypatch.setenv("LOOKSEE_MODEL__PATH", str(tmp_path / "set" / "screenshot.png"))
    absent = LINE | {"image": "absent.png"}
    (tmp_path / "set" / "broken.jsonl").write_text(f"{json.dumps(LINE)}\n{json.dumps(absent)}\n")
    (tmp_path / "set" / "english.jsonl").write_text(json.dumps(LINE))
    result = CliRunner().invoke(app, ["eval", *words])
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert result.stdout == ""


def test_a_model_that_cannot_be_loaded_is_told(questions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSEE_MODEL__PATH", str(questions.parent / "screenshot.png"))
    result = CliRunner().invoke(app, ["eval", str(questions), "--report", "report.html"])
    assert result.exit_code == 2, result.output
    assert "screenshot.png" in result.stderr
    assert not Path("report.html").exists()
