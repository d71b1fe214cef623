"""A candidate for the system prompt, tried on questions that were answered before."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import ModelError, PromptTooLongError
from bot.hearing import Active
from bot.messages import Language
from bot.verbs.prompts import sentences
from bot.verbs.verb import Call, Tools
from bot.versions import Asked
from prompts.loader import SystemPrompt

_ANSWER = 700
_QUESTION = 200
"""So many characters are shown."""


async def attempts(tools: Tools, call: Call, candidate: SystemPrompt, asked: Sequence[Asked], number: int) -> list[str]:
    """Each question, the answer it got, and the one that the version `number` makes of it, up to where the caller stops
    it. Raises StoreError."""
    chat = call.inbound.chat
    made: list[str] = []
    with tools.hearing.answering(chat, call.row) as active:
        for one in asked:
            if active.stopped:
                break
            said = await _answer(tools, call, candidate, one, active)
            made.append(_compared(call.language, one, said, place=len(made) + 1, number=number))
    return made


def _compared(language: Language, asked: Asked, said: str, *, place: int, number: int) -> str:
    question = sentences.TRIED_QUESTION.say(language, place=place, question=_short(asked.question.text, _QUESTION))
    if asked.question.shown:
        question += " " + sentences.TRIED_PICTURES.say(language, count=len(asked.question.shown))
    new = sentences.TRIED_SAME.say(language) if said == asked.answer else _short(said, _ANSWER)
    before, after = sentences.TRIED_BEFORE.say(language), sentences.TRIED_AFTER.say(language, number=number)
    return f"{question}\n> {before} {_short(asked.answer, _ANSWER)}\n\n> {after} {new}"


async def _answer(tools: Tools, call: Call, candidate: SystemPrompt, asked: Asked, active: Active) -> str:
    try:
        prompt = await tools.prompting.replay(candidate, asked, person=call.inbound.sender.key)
        heard = await tools.hearing.hear(call.inbound.chat, prompt, active, lambda _: None)
    except PromptTooLongError:
        return _failed(call.language, "too long")
    except ModelError as error:
        return _failed(call.language, type(error).__name__)
    return heard.text or _failed(call.language, heard.ending.name.lower())


def _failed(language: Language, reason: str) -> str:
    return sentences.TRIED_FAILED.say(language, reason=reason)


def _short(text: str, most: int) -> str:
    """A text in one line, so that a quotation holds it, cut where it is too long."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
