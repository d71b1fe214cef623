"""What is typed after a verb, read by the verb's parameters.

A parameter takes its words from the front of what was typed, and says in a sentence what is wrong with them. It also is
the key under which the verb's action finds its value.
"""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar, cast

from bot.messages import ChatKey, Language, Subject
from bot.people import KEY
from bot.texts import Sentence
from bot.verbs import sentences

T = TypeVar("T")
_SHOWN = 60
_EQUALS = re.compile(r"\s*[=＝]\s*")
_QUOTES = "`'\"“”‘’<>,，;；。"
NONE_WORDS = frozenset({"none", "no", "off", "unlimited", "∞", "无", "无限", "不限"})
YES_WORDS = frozenset({"yes", "确认", "是", "确定"})
FEEDBACK_WORDS = frozenset({"feedback", "评价", "反馈"})
DEFAULT_WORDS = frozenset({"default", "standard", "-", "默认"})


class UsageError(Exception):
    """What was typed after a verb cannot be used; the sentence says why. Values may be sentences themselves."""

    def __init__(self, sentence: Sentence, **values: object) -> None:
        super().__init__(sentence.en)
        self._sentence = sentence
        self._values = values

    def say(self, language: Language, *, lead: str = "") -> str:
        """What is wrong, in a language; `lead` is what stands before verbs."""
        values = {n: value.say(language) if isinstance(value, Sentence) else value for n, value in self._values.items()}
        return self._sentence.say(language, lead=lead, **values)


class Words:
    """What was typed, taken from the front."""

    def __init__(self, text: str) -> None:
        self._rest = text.strip()

    @property
    def next(self) -> str:
        """The next word, "" at the end."""
        return self._rest.split(maxsplit=1)[0] if self._rest else ""

    def take(self) -> str:
        """Take the next word."""
        word = self.next
        self._rest = self._rest[len(word) :].lstrip()
        return word

    def take_all(self) -> str:
        """Take everything that is left."""
        rest, self._rest = self._rest, ""
        return rest


class Parameter(ABC, Generic[T]):
    """One thing that can be given to a verb; `label` names it in the verb's usage."""

    wants_reply = False
    """Whether the sender of the message that is replied to may stand in for it."""

    def __init__(self, label: Sentence, *, required: bool = False) -> None:
        self._label = label
        self._required = required

    @abstractmethod
    def read(self, words: Words, replied: str) -> T:
        """Take the value from `words`; `replied` is the key of the sender of the message replied to, or "". Raises
        UsageError."""

    def usage(self, language: Language) -> str:
        """How it stands in the verb's usage: in brackets if it can be left out."""
        label = self._label.say(language)
        return label if self._required else f"[{label}]"


class PersonParameter(Parameter[str]):
    """Somebody, by key, or by replying to a message of theirs; "" if nobody is named and none has to be."""

    wants_reply = True

    def read(self, words: Words, replied: str) -> str:
        """Take a key, if the next word looks like one."""
        word = unicodedata.normalize("NFKC", words.next).strip(_QUOTES)
        key = _key(word)
        if KEY.fullmatch(key):
            words.take()
            return key
        # A slip of the hand must not make the word a remark, and the person the one who is replied to.
        meant = word.isdigit() or any(sign in word for sign in ":@/")
        if meant or (word and self._required and not replied):
            raise UsageError(sentences.NO_PERSON, word=shown(word))
        if self._required and not replied:
            raise UsageError(sentences.WHO)
        return replied


class SubjectParameter(Parameter[Subject]):
    """A chat in the text form that `whoami` shows, or a person by key."""

    def read(self, words: Words, replied: str) -> Subject:
        """Take the next word."""
        if not words.next:
            raise UsageError(sentences.NO_SUBJECT, word="")
        return self.parse(words.take())

    @staticmethod
    def parse(word: str) -> Subject:
        """Read one of them. Raises UsageError."""
        word = unicodedata.normalize("NFKC", word).strip(_QUOTES)
        # A chat's form ends in its thread, which most chats do not have: a slash that is easily lost.
        for text in (word, f"{word}/"):
            if text.count("/") == 2:
                try:
                    return ChatKey.parse(text)
                except ValueError:
                    break
        key = _key(word)
        if not KEY.fullmatch(key):
            raise UsageError(sentences.NO_SUBJECT, word=shown(word))
        return key


class FeedbackOrSubject(Parameter[Subject | None]):
    """What customers thought of answers, which is None, or a chat or a person."""

    def __init__(self, label: Sentence) -> None:
        super().__init__(label, required=True)
        self._subject = SubjectParameter(label, required=True)

    def read(self, words: Words, replied: str) -> Subject | None:
        """Take the next word."""
        if words.next.casefold() in FEEDBACK_WORDS:
            words.take()
            return None
        return self._subject.read(words, replied)


class ConfirmationParameter(Parameter[bool]):
    """A word that says that one is sure."""

    def read(self, words: Words, replied: str) -> bool:
        """Take the word, if there is one."""
        if not words.next:
            return False
        word = words.take()
        if word.strip(_QUOTES).casefold() not in YES_WORDS:
            raise UsageError(sentences.NOT_SURE, word=shown(word))
        return True


class LeadingConfirmation(ConfirmationParameter):
    """The same in front of free words: any other word is one of those."""

    def read(self, words: Words, replied: str) -> bool:
        """Take the word, if it is there."""
        if words.next.strip(_QUOTES).casefold() not in YES_WORDS:
            return False
        return super().read(words, replied)


class TextParameter(Parameter[str]):
    """Everything that is left, `most` characters at the most; "" if nothing is. With `lines`, lines stay."""

    def __init__(self, label: Sentence, *, most: int, required: bool = False, lines: bool = False) -> None:
        super().__init__(label, required=required)
        self._most = most
        self._lines = lines

    def read(self, words: Words, replied: str) -> str:
        """Take the rest."""
        text = words.take_all().strip()
        if not self._lines:
            text = " ".join(text.split())
        if self._required and not text:
            raise UsageError(sentences.MISSING, what=self._label)
        if len(text) > self._most:
            raise UsageError(sentences.TOO_LONG, length=len(text), most=self._most)
        return text


class NumberParameter(Parameter[int]):
    """A whole number; `default` if it is left out."""

    def __init__(self, label: Sentence, *, default: int, least: int, most: int) -> None:
        super().__init__(label)
        self._default = default
        self._least = least
        self._most = most

    def read(self, words: Words, replied: str) -> int:
        """Take a number."""
        word = words.take()
        return number(word, self._least, self._most) if word else self._default


class ChoiceParameter(Parameter[str]):
    """One of some words, which may be called otherwise, too; `default` if the next word is none of them."""

    def __init__(self, label: Sentence, choices: Mapping[str, Iterable[str]], *, default: str = "") -> None:
        super().__init__(label)
        self._default = default
        self._names = {alias: name for name, aliases in choices.items() for alias in (name, *aliases)}

    def read(self, words: Words, replied: str) -> str:
        """Take the next word, if it is one of them."""
        name = self._names.get(unicodedata.normalize("NFKC", words.next).strip(_QUOTES).casefold(), "")
        if name:
            words.take()
        return name or self._default


class OptionsParameter(Parameter[dict[str, int | None]]):
    """``name=number`` as often as wanted, 0 for no limit and ``default`` (None) for the settings' own.

    `names` are the options with what else they may be called.
    """

    def __init__(self, label: Sentence, names: Mapping[str, Iterable[str]], *, most: int) -> None:
        super().__init__(label)
        self._most = most
        self._known = tuple(names)
        self._names = {alias: name for name, aliases in names.items() for alias in (name, *aliases)}

    def read(self, words: Words, replied: str) -> dict[str, int | None]:
        """Take all that is left."""
        given: dict[str, int | None] = {}
        for word in _EQUALS.sub("=", words.take_all()).split():
            name, equals, value = word.partition("=")
            known = self._names.get(name.casefold())
            if known is None or not equals:
                raise UsageError(sentences.NO_OPTION, word=shown(word), known=", ".join(f"`{n}=`" for n in self._known))
            if value.casefold() in DEFAULT_WORDS:
                given[known] = None
            else:
                given[known] = 0 if value.casefold() in NONE_WORDS else number(value, 0, self._most)
        return given


class Arguments:
    """What a verb was given, by its parameters."""

    def __init__(self, values: Mapping[Parameter[Any], object]) -> None:
        self._values = values

    def __getitem__(self, parameter: Parameter[T]) -> T:
        return cast("T", self._values[parameter])  # put there by the parameter itself


def parse(parameters: tuple[Parameter[Any], ...], text: str, replied: str) -> Arguments:
    """Read what was typed. A verb without parameters is content with anything. Raises UsageError."""
    words = Words(text)
    values = {parameter: parameter.read(words, replied) for parameter in parameters}
    if parameters and (rest := words.take_all()):
        raise UsageError(sentences.TOO_MUCH, word=shown(rest))
    return Arguments(values)


def number(word: str, least: int, most: int) -> int:
    """A whole number within bounds. Raises UsageError."""
    try:
        value = int(word)
    except ValueError:
        raise UsageError(sentences.NO_NUMBER, word=shown(word)) from None
    if not least <= value <= most:
        raise UsageError(sentences.OUT_OF_RANGE, word=shown(word), least=least, most=most)
    return value


def _key(word: str) -> str:
    """A person's key as it is written by itself, whichever way somebody wrote it."""
    platform, colon, rest = word.partition(":")
    platform = platform.lower()
    return f"{platform}:{rest.upper() if platform == 'slack' else rest.lower()}" if colon else word


def shown(word: str) -> str:
    """Somebody's words, fit to be put between backticks."""
    word = "".join(c for c in word if c.isprintable()).replace("`", "")
    return word if len(word) <= _SHOWN else f"{word[: _SHOWN - 1]}…"
