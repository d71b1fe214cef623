"""Screenshots from seeds that training never uses, with questions for `looksee eval`."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.extraction import EXTRACTIONS
from deploy.demo_model.conversations import about, conversation
from deploy.demo_model.curriculum import LESSONS, ragged
from deploy.demo_model.samples import Language, Picture, Turn, text
from deploy.demo_model.screens import screen

_SCREENS = [lesson for lesson in LESSONS if lesson.subject == "screens"]
_AT_ONCE = 2
"""Questions about a screen by itself; a third one comes out of a conversation about another."""


def write(folder: Path, count: int, r: random.Random) -> None:
    """Write `count` screenshots alone and `count` conversations to `folder`, and `questions.jsonl` about them."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [line for number in range(count) for line in _lines(folder, f"{number:04}", r)]
    text_ = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "questions.jsonl").write_text(text_, "utf-8")


def _lines(folder: Path, name: str, r: random.Random) -> Iterator[dict[str, Any]]:
    width, height = ragged(r, *r.choice(_SCREENS).size(r))
    language: Language = "en" if r.random() < 0.6 else "zh"
    shown = screen(r, width, height)
    asked = about(r, shown, language)
    files = _save(folder, name, [shown.picture])
    for turn in r.sample(asked, min(_AT_ONCE, len(asked))):
        yield _line(turn, files)
    talk = conversation(r, width, height, turns=r.randint(1, 4)).turns
    sent = [_save(folder, f"{name}-{index}", turn.pictures) for index, turn in enumerate(talk)]
    last = len(talk) - 1
    if talk[last].kind in EXTRACTIONS:
        return  # forms are filled in without a conversation
    history = [_said(turn, files) for turn, files in zip(talk[:last], sent[:last], strict=True)]
    yield _line(talk[last], sent[last]) | ({"history": history} if history else {})


def _line(turn: Turn, files: Sequence[str]) -> dict[str, Any]:
    schema = {"schema": turn.kind} if turn.kind in EXTRACTIONS else {}
    return _said(turn, files) | {"kind": turn.kind} | schema


def _said(turn: Turn, files: Sequence[str]) -> dict[str, Any]:
    pictures = {"images": list(files)} if files else {}
    return pictures | {"question": turn.question, "answer": text(turn.answer)}


def _save(folder: Path, name: str, pictures: Sequence[Picture]) -> list[str]:
    files = [f"{name}{'abc'[index]}.png" for index in range(len(pictures))]
    for file, picture in zip(files, pictures, strict=True):
        picture.image.save(folder / file)
    return files
