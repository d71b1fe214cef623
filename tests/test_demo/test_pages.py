"""The evaluation set of pages rendered by Chromium."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from string import Formatter

import pytest

from bot.evaluation.cases import read_cases
from bot.images import fit, prepare
from deploy.demo_model.canvas import CHARACTERS
from deploy.demo_model.pages import asking, making, wordings
from deploy.demo_model.pages.browse import LIMITS, UnreadableError, chromium, lines, markup, take
from deploy.demo_model.pages.scene import Shot, Word
from deploy.demo_model.pages.themes import look, require_fonts
from deploy.demo_model.phrases import questions
from deploy.demo_model.samples import Language
from tests.browser import executable

COUNT = 6


@pytest.fixture(scope="module")
def chrome() -> None:
    """Skips where there is no Chromium, or not all typefaces."""
    executable()
    try:
        require_fonts()
    except RuntimeError as error:
        pytest.skip(str(error))


def shots(seed: int, rounds: int) -> list[Shot]:
    """Screenshots of all kinds of pages as they would be if every fact stood in a line of its own."""
    made = []
    for place in range(rounds * len(making.SCENES)):
        scene = making.SCENES[place % len(making.SCENES)](random.Random(f"{seed} {place}"))
        text = tuple(scene.facts.values())
        made.append(Shot(f"{place:03d}.png", scene, text, text))
    return made


def asked(seed: int, rounds: int = 4) -> list[asking.Line]:
    """The questions about such screenshots."""
    asker = asking.Asker(random.Random(seed))
    return [line for shot in shots(seed, rounds) for line in asker.ask(shot)] + list(asker.alone(12))


@pytest.mark.browser
def test_pictures_and_questions_fit_together(chrome: None, tmp_path: Path) -> None:
    written = making.make(tmp_path, COUNT, 3)

    cases = read_cases(tmp_path / "questions.jsonl")

    assert len(cases) == len(written) >= 3 * COUNT
    assert {case.kind for case in cases} <= set(asking.KINDS)
    pictures = {path.name for path in tmp_path.iterdir()} - {"questions.jsonl"}
    assert {Path(name).stem for name in pictures} == {f"{place:03d}" for place in range(COUNT)}
    for name in pictures:
        prepare((tmp_path / name).read_bytes(), name=name, limits=LIMITS)


@pytest.mark.browser
def test_same_seed_gives_the_same_questions(chrome: None, tmp_path: Path) -> None:
    first, second, other = (making.make(tmp_path / str(run), 2, seed) for run, seed in enumerate((5, 5, 6)))

    assert first == second != other


@pytest.mark.browser
def test_facts_stand_in_the_pages_text(chrome: None, tmp_path: Path) -> None:
    with chromium() as browser:
        for place in range(COUNT, 2 * COUNT):
            shot = making.photograph(browser, place, 4).shot

            for value in shot.scene.facts.values():
                assert value in " ".join(shot.lines)
                assert value in shot.text
            assert set("".join(shot.lines)) <= {*CHARACTERS, " "}


@pytest.mark.browser
def test_page_that_cannot_be_read_is_refused(chrome: None) -> None:
    scene = making.SCENES[0](random.Random(1))
    fine = look(random.Random(1), scene.device)
    html = markup(scene, fine, random.Random(1))

    def photograph(page: str) -> None:
        take(browser, scene, fine, page, name="000.png", quality=None)

    with chromium() as browser:
        with pytest.raises(UnreadableError, match="cannot be seen"):
            photograph(html.replace("</body>", "<div style='position:fixed;inset:0;background:red'></div></body>"))
        with pytest.raises(UnreadableError, match="pixels large"):
            photograph(html.replace("</style>", "* { font-size: 11px !important; }</style>"))
        with pytest.raises(UnreadableError, match="text in"):
            photograph(html.replace("</style>", "* { font-family: 'DejaVu Sans' !important; }</style>"))
        with pytest.raises(ValueError, match="the page says"):
            photograph(html.replace(scene.facts["order_number"], "1"))


def test_every_kind_is_asked_in_both_languages() -> None:
    counts = Counter(line["kind"] for line in asked(1))
    chinese = [line for line in asked(1) if not line["question"].isascii()]

    assert set(counts) == set(asking.KINDS)
    assert min(counts.values()) >= 6
    assert 0.3 < len(chinese) / counts.total() < 0.5
    assert {line["kind"] for line in chinese} == set(asking.KINDS)


def test_bare_facts_are_right_answers() -> None:
    scenes = {shot.name: shot.scene for shot in shots(2, 4)}
    facts = [line for line in asked(2) if line["kind"] in ("error_code", "total", "status", "button")]

    assert facts
    for line in facts:
        fact = scenes[line["image"]].facts[line["kind"]]
        assert line["answer"][1] == fact
        assert fact in line["answer"][0] != fact


def test_what_is_missing_or_not_there_is_on_no_page() -> None:
    by_name = {shot.name: shot for shot in shots(3, 4)}
    lines_ = asked(3)
    missing = [line for line in lines_ if line["kind"] == "missing"]
    absent = [line for line in lines_ if line["kind"] == "exists" and line["answer"][0].startswith(("No", "没有"))]

    assert missing
    assert absent
    for line in missing:
        scene = by_name[line["image"]].scene
        assert not set(scene.absent) & set(scene.facts)
        assert any(
            line["question"] in wordings.wordings(kind, language) for kind in scene.absent for language in ("en", "zh")
        )
    for line in absent:
        words = by_name[line["image"]].text.casefold().split()
        assert not any(f'"{word}' in line["question"].casefold() for word in words)


def test_second_of_two_screenshots_is_meant() -> None:
    scenes = {shot.name: shot.scene for shot in shots(4, 4)}
    pairs = [line for line in asked(4) if line["kind"] == "second"]

    assert pairs
    for line in pairs:
        place = 1 if any(word in line["question"].casefold() for word in ("second", "第二张")) else 0
        assert line["answer"][1] in scenes[line["images"][place]].facts.values()


def test_tickets_hold_what_the_page_shows() -> None:
    scenes = {shot.name: shot.scene for shot in shots(5, 4)}
    tickets = [line for line in asked(5) if line["kind"] == "ticket"]

    assert tickets
    for line in tickets:
        texts = line["answer"] if isinstance(line["answer"], list) else [line["answer"]]
        facts = scenes[line["image"]].facts
        for value in map(json.loads, texts):
            assert value["screen"] == facts.get("title")
            assert value["error_code"] == facts.get("error_code")
            assert "total" not in facts or facts["total"] in value["amounts"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_wording_is_one_of_trainings(language: Language) -> None:
    kinds = [use for use in asking.KINDS if use not in ("second", "ticket", "product")]
    kinds += ["first_line", "last_line", "field"]
    training = {_plain(question) for kind in kinds for question in questions(kind, language)}
    own = [line for use in wordings.uses(language) for line in wordings.wordings(use, language)]
    filled = [line.format(name=name, question="?") for line in own for name in wordings.NAMES[language].values()]

    assert not training & {_plain(line) for line in (*own, *filled)}
    assert {name for line in own for _text, name, *_rest in Formatter().parse(line) if name} == {"name", "question"}


def test_lines_are_put_together_as_the_eye_does() -> None:
    words = [
        Word("right", 200, 11, 30, 18, 15, visible=True),
        Word("left", 10, 10, 30, 20, 16, visible=True),
        Word("(E-1)", 40.5, 10, 30, 20, 16, visible=True),
        Word("below", 10, 32, 30, 20, 16, visible=True),
    ]

    assert lines(words) == ("left(E-1) right", "below")


def test_missing_typefaces_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.demo_model.pages.themes.FAMILIES", {"No Such Typeface": 1})

    with pytest.raises(RuntimeError, match=r"No Such Typeface.*apt-get install|fc-list"):
        require_fonts()


def test_sizes_of_windows_keep_text_legible() -> None:
    for seed in range(200):
        r = random.Random(seed)
        chosen = look(r, r.choice(("phone", "desktop")))
        width, _height = fit(chosen.width * chosen.ratio, chosen.height * chosen.ratio, LIMITS)

        assert width / chosen.width >= 0.9


def _plain(question: str) -> str:
    return question.casefold().strip(" .?!。？！")
