"""Every sentence that the service says by itself, filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from string import Formatter

from bot import casetexts, counseltexts, handovertexts, texts
from bot.messages import LANGUAGES
from bot.texts import Sentence
from bot.verbs import admintexts, sentences
from bot.verbs.prompts import sentences as prompts

_MODULES = (texts, casetexts, counseltexts, handovertexts, sentences, admintexts, prompts)


def filled(value: str) -> Iterator[str]:
    """All sentences in all languages, with `value` in every place that is to be filled in."""
    for module in _MODULES:
        for sentence in _within(vars(module).values()):
            for language in LANGUAGES:
                names = {name for _, name, _, _ in Formatter().parse(getattr(sentence, language)) if name}
                yield sentence.say(language, **dict.fromkeys(names, value))


def _within(values: Iterable[object]) -> Iterator[Sentence]:
    for value in values:
        if isinstance(value, Sentence):
            yield value
        elif isinstance(value, dict):
            yield from _within(value.values())
        elif isinstance(value, tuple):
            yield from _within(value)
