"""A candidate for the system prompt, tried on a question that was answered before."""

from __future__ import annotations

from bot.errors import ModelError, PromptTooLongError
from bot.listening import Ending
from bot.messages import Language
from bot.verbs.prompts import sentences
from bot.verbs.verb import Call, Tools
from bot.versions import Asked
from prompts.loader import SystemPrompt

_MOST = 700
"""So many characters of an answer are shown; of a question, fewer."""
_MOST_OF_QUESTION = 200


async def attempt(tools: Tools, call: Call, candidate: SystemPrompt, asked: Asked, *, number: int, place: int) -> str:
    """The question, the answer it got, and the one that it gets now. Raises StoreError."""
    language = call.language
    question = sentences.TRIED_QUESTION.say(
        language, place=place, question=_short(asked.question.text, _MOST_OF_QUESTION)
    )
    if asked.question.shown:
        question += " " + sentences.TRIED_PICTURES.say(language, count=len(asked.question.shown))
    after = await _answer(tools, call, candidate, asked)
    said = sentences.TRIED_SAME.say(language) if after == asked.answer else _short(after, _MOST)
    return "\n".join(
        [
            question,
            f"> {sentences.TRIED_BEFORE.say(language)} {_short(asked.answer, _MOST)}",
            "",
            f"> {sentences.TRIED_AFTER.say(language, number=number)} {said}",
        ]
    )


async def _answer(tools: Tools, call: Call, candidate: SystemPrompt, asked: Asked) -> str:
    try:
        prompt = await tools.prompting.replay(candidate, asked, person=call.inbound.sender.key)
        heard = await tools.listen(prompt)
    except PromptTooLongError:
        return _failed(call.language, "too long")
    except ModelError as error:
        return _failed(call.language, type(error).__name__)
    if not heard.text:
        return _failed(call.language, heard.ending.name.lower() if heard.ending is not Ending.ENDED else "empty")
    return heard.text


def _failed(language: Language, reason: str) -> str:
    return sentences.TRIED_FAILED.say(language, reason=reason)


def _short(text: str, most: int) -> str:
    """A text in one line, so that a quotation holds it, cut where it is too long."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
