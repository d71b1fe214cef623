from __future__ import annotations

import json
import random
from collections import Counter

import jsonschema
import pytest

import deploy.demo_model.screens as made
from bot.extraction import EXTRACTIONS
from deploy.demo_model.canvas import CHARACTERS
from deploy.demo_model.conversations import about, conversation
from deploy.demo_model.phrases import FACTS, MISSING, NO_PICTURE, answer, placed, questions
from deploy.demo_model.samples import Conversation, Language, Turn, text
from deploy.demo_model.screens import Screen, screen
from deploy.demo_model.screens.blocks import single
from deploy.demo_model.screens.layouts import LAYOUTS
from deploy.demo_model.screens.maker import Maker
from deploy.demo_model.screens.pages import PAGES
from deploy.demo_model.screens.painter import Painter
from deploy.demo_model.screens.parts import standing
from deploy.demo_model.screens.scenes import SCENES
from deploy.demo_model.screens.theme import theme
from deploy.demo_model.system_prompts import system_prompt
from prompts.loader import SystemPrompts

SIZES = ((256, 160), (224, 288), (352, 640))


def screens(count: int = 12) -> list[Screen]:
    return [screen(random.Random(seed), *SIZES[seed % 3]) for seed in range(count)]


def solid(string: str) -> str:
    return "".join(string.split())


def drawn(shown: Screen) -> str:
    """The characters of a picture, line by line as their centres stand."""
    rows: list[list[tuple[float, float, str]]] = []
    for glyph in sorted(shown.picture.glyphs, key=lambda glyph: glyph.y):
        if not rows or glyph.y - rows[-1][-1][0] > 3:
            rows.append([])
        rows[-1].append((glyph.y, glyph.x, glyph.character))
    return "".join(character for row in rows for _, _, character in sorted(row, key=lambda place: place[1]))


def shape(talk: Conversation) -> list[object]:
    return [
        (turn.question, turn.answer, turn.kind, [picture.image.tobytes() for picture in turn.pictures])
        for turn in talk.turns
    ]


def test_a_seed_gives_the_same_conversation_every_time() -> None:
    first, again = (
        [shape(conversation(random.Random(seed), 256, 160, turns=4)) for seed in range(8)] for _ in range(2)
    )
    assert first == again
    assert shape(conversation(random.Random(99), 256, 160, turns=4)) not in first


def test_pictures_have_the_size_that_was_asked_for_and_their_characters_lie_within() -> None:
    for seed, shown in enumerate(screens()):
        image = shown.picture.image
        assert (image.width, image.height) == SIZES[seed % 3]
        assert image.mode == "RGB"
        assert all(0 <= glyph.x < image.width and 0 <= glyph.y < image.height for glyph in shown.picture.glyphs)


def test_every_fact_is_written_on_its_screen() -> None:
    found: Counter[str] = Counter()
    for shown in screens(60):
        written = solid("".join(glyph.character for glyph in shown.picture.glyphs))
        for kind in FACTS:
            value = shown.facts.value(kind)
            if value is not None:
                found[kind] += 1
                assert solid(value) in written, (kind, value)
    assert set(found) == set(FACTS)


def test_short_facts_stand_in_one_piece_and_are_made_of_known_characters() -> None:
    for shown in screens(60):
        facts = shown.facts
        assert set("".join(facts.lines)) <= {*CHARACTERS, " "}
        for kind in ("error_code", "total", "order_number", "status", "button"):
            value = facts.value(kind)
            assert value is None or solid(value) in solid(facts.text), (kind, value)
        assert all(amount in " ".join(facts.lines) for amount in facts.amounts)
        assert facts.total is None or facts.total in facts.amounts


@pytest.mark.parametrize("kind", [*PAGES, *LAYOUTS, *SCENES])
def test_every_kind_of_page_finds_room_on_screens_of_all_shapes(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    every = {**PAGES, **LAYOUTS, **SCENES}
    monkeypatch.setattr(made, "_KINDS", {kind: every[kind]})
    monkeypatch.setattr(made, "_dialog", made._page)
    monkeypatch.setattr(made, "_toast", made._page)
    for seed, size in enumerate(((256, 160), (320, 480), (480, 320), (640, 384))):
        shown = screen(random.Random(f"{kind} {seed}"), *size)
        assert len(shown.facts.lines) >= 2
        assert all(glyph.x - glyph.width / 2 >= 0 for glyph in shown.picture.glyphs)
        assert all(glyph.x + glyph.width / 2 <= size[0] for glyph in shown.picture.glyphs)


def test_what_is_drawn_twice_is_not_told_twice() -> None:
    """A label without its value would be left if only the value were dropped."""
    r = random.Random(3)
    maker = Maker(Painter(r, theme(r, 480, 320), 480, 320))
    kept = single([standing(maker, "right"), standing(maker, "right")], set())
    assert len(kept) == 1


def test_a_code_beside_the_message_is_not_part_of_it() -> None:
    r = random.Random(5)
    maker = Maker(Painter(r, theme(r, 480, 320), 480, 320))
    said = [maker.message() for _ in range(300)]
    coded = [text for text in said if "error_code" in text.facts]
    assert len(coded) > 10
    assert all(text.facts["message"] in text.string and text.string != text.facts["message"] for text in coded)


def test_lines_are_read_as_they_stand() -> None:
    whole = [shown for shown in screens(40) if shown.facts.whole and shown.facts.lines]
    assert len(whole) > 10
    for shown in whole:
        assert Counter(solid(shown.facts.text)) == Counter(drawn(shown))
    exact = sum(solid(shown.facts.text) == drawn(shown) for shown in whole)
    # Two sizes in one line have middles of their own, which `drawn` may take for two lines.
    assert exact >= 0.6 * len(whole)


def test_what_is_answered_is_what_the_facts_say() -> None:
    kinds: Counter[str] = Counter()
    for seed, shown in enumerate(screens(40)):
        language: Language = "zh" if seed % 2 else "en"
        facts = shown.facts
        known = [facts.value(kind) for kind in FACTS] + [*facts.fields.values(), *facts.lines, *facts.amounts]
        known += ["\n".join(facts.lines), facts.product, facts.price, facts.quantity]
        known += answer("colour", language, facts.colour or "")[1:2]
        for turn in about(random.Random(seed), shown, language):
            kinds[turn.kind] += 1
            assert turn.pictures == (shown.picture,)
            assert all(piece in known for piece in turn.answer[1::2]), turn.answer
            if turn.kind == "missing":
                assert text(turn.answer) == MISSING[language]
    assert {*FACTS, "missing", "exists", "read", "ticket", "product"} <= set(kinds)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_forms_are_filled_in_as_their_schemas_say(language: Language) -> None:
    forms: list[tuple[Screen, Turn]] = []
    for seed, shown in enumerate(screens(40)):
        forms += [(shown, turn) for turn in about(random.Random(seed), shown, language) if turn.kind in EXTRACTIONS]
    assert {turn.kind for _, turn in forms} == set(EXTRACTIONS)
    for shown, turn in forms:
        form = EXTRACTIONS[turn.kind]
        value = json.loads(text(turn.answer))
        jsonschema.validate(value, form.schema)
        assert turn.question == form.request.say(language)
        assert text(turn.answer) == json.dumps(value, ensure_ascii=False)
        if turn.kind == "ticket":
            assert value["error_code"] == shown.facts.error_code
            assert value["amounts"] == shown.facts.amounts


def test_names_are_said_to_be_there_only_if_they_are() -> None:
    for seed, shown in enumerate(screens(40)):
        said = [turn for turn in about(random.Random(seed), shown, "en") if turn.kind == "exists"]
        for turn in said:
            # Any few words of a line may be asked for as well.
            known = [*shown.facts.names, *(word for line in shown.facts.lines for word in line.split())]
            there = any(name.lower() in turn.question.lower() for name in known)
            if text(turn.answer).startswith("Yes"):
                assert there, turn.question
        assert text(said[-1].answer).startswith("No")


def test_conversations_are_of_all_sorts() -> None:
    talks = [conversation(random.Random(seed), 256, 160, turns=5) for seed in range(150)]
    kinds = Counter(turn.kind for talk in talks for turn in talk.turns)
    assert {*FACTS, "missing", "exists", "read", "ticket", "follow_up", "second", "other", "no_picture"} <= set(kinds)
    pictures = [[len(turn.pictures) for turn in talk.turns] for talk in talks]
    assert {sum(counts) for counts in pictures} == {0, 1, 2}
    assert any(counts.count(1) == 2 for counts in pictures), "a second picture comes later"
    for talk in talks:
        shown = 0
        for turn in talk.turns:
            shown += len(turn.pictures)
            assert turn.kind == "other" or (turn.kind == "no_picture") == (shown == 0)
    assert {text(turn.answer) for talk in talks for turn in talk.turns if turn.kind == "no_picture"} <= {
        *NO_PICTURE.values()
    }


def test_a_screenshot_is_named_in_the_question() -> None:
    assert (
        placed("What is the total?", "in the second one", "en", first=True) == "In the second one, what is the total?"
    )
    assert placed("What is the total?", "in screenshot 1", "en", first=False) == "What is the total in screenshot 1?"
    assert placed("你好，总价是多少？", "第二张里", "zh", first=False) == "第二张里，总价是多少？"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_wordings_are_many_and_differ(language: Language) -> None:
    for kind in (*FACTS, "read", "exists"):
        assert len(set(questions(kind, language))) >= 12
    assert all("{name}" in question for question in questions("exists", language))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_projects_own_system_prompt_is_among_those_of_training(language: Language) -> None:
    r = random.Random(0)
    made = [system_prompt(r, language) for _ in range(200)]
    own = SystemPrompts("\0").system(language).text.split("\0")
    assert sum(own[-1] in prompt and prompt.startswith(own[0]) for prompt in made) > 20
    assert 5 < made.count("") < 40
    assert not any("{" in prompt for prompt in made)
