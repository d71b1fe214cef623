"""Which earlier screenshots a question speaks of: "the second screenshot", "截图 2", "上一张图". Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mention:
    """Screenshots that a text names by their place.

    `ordinals` count from 1, or backwards from -1, the newest. With `previous` it is the one before: which, depends on
    whether a new one comes with the text.
    """

    ordinals: tuple[int, ...] = ()
    previous: bool = False


_WORDS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_COUNTS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DIGITS = "零一二三四五六七八九"

_MORE = "{0,9}"  # bounded, so that the time it takes grows no faster than the text
# English: what a picture is called, an ordinal, what joins several of them.
_NOUN = r"(?:screen[ -]?shots?|screen ?captures?|pictures?|images?|photos?|pics?)"
_NTH = rf"(?:{'|'.join(_WORDS)}|\d{{1,3}}(?:st|nd|rd|th))"
_AND = r"\s*(?:,\s*and\b|,|&|/|\b(?:and|or|with|to|than)\b)\s*(?:the\s+)?"
# What may stand between the place and the picture: "the first error screenshot", "the second of my screenshots".
_OF_WHAT = r"(?:(?:of\s+(?:the|my|these|those|your)|[a-z]{3,12})\s+)?"
# Numbers that are no place: "I sent the picture 3 times", "screenshot 12:30", "image 50%".
_NO_PLACE = r"(?![.:/x×-]?\d|\s*(?:%|x\b|times?\b|more\b|(?:second|minute|hour|day|week|month|year)s?\b))"
# Chinese: 张 counts tickets, coupons and cards as well, so by itself it must be the end of what is named.
_PICTURE = r"(?:屏幕截图|截图|截屏|图片|照片|图像|图)"
_HAN = r"(?:十[一二三四五六七八九]?|[二三四五六七八九]十[一二三四五六七八九]?|[一二三四五六七八九两])"
_NUMBER = rf"(?:\d{{1,3}}|{_HAN})"
_END = r"(?=$|[^\w]|[里中上下的是有呢吗和跟与及同还再又也那看显写])"
_PIECE = rf"(?:[张幅个副]的?{_PICTURE}|[张幅]{_END})"
_CLOSE = r"[^，。,.!?！？\n]{0,6}?"
_JOIN = r"(?:\s*(?:和|跟|与|及|同|、|,|，)\s*)"


def _ordinal(word: str) -> int:
    return _WORDS.index(word) + 1 if word in _WORDS else int(re.sub(r"\D", "", word))


def _chinese(word: str) -> int:
    if word.isdecimal():
        return int(word)
    tens, ten, ones = word.replace("两", "二").rpartition("十")
    return (_DIGITS.index(tens or "一") if ten else 0) * 10 + (_DIGITS.index(ones) if ones else 0)


def _ordinals(match: re.Match[str]) -> Mention:
    return Mention(tuple(_ordinal(word) for word in re.findall(_NTH, match[1])))


def _ordinal_from_the_end(match: re.Match[str]) -> Mention:
    return Mention((-_ordinal(match[1]),))


def _numbers(match: re.Match[str]) -> Mention:
    return Mention(tuple(int(number) for number in re.findall(r"\d+", match[1])))


def _chinese_numbers(match: re.Match[str]) -> Mention:
    return Mention(tuple(_chinese(number) for number in re.findall(_NUMBER, match[1])))


def _several(match: re.Match[str]) -> Mention:
    count = _COUNTS.index(match[2]) + 1 if match[2] in _COUNTS else _chinese(match[2])
    return Mention(tuple(range(-count, 0) if match[1] in ("last", "后", "最后") else range(1, count + 1)))


# In this order: what one pattern has taken, the next ones do not see.
_PATTERNS: tuple[tuple[str, Callable[[re.Match[str]], Mention]], ...] = (
    (rf"\b({_NTH})[ -](?:to|from)[ -](?:the[ -])?last\s+{_OF_WHAT}{_NOUN}\b", _ordinal_from_the_end),
    (rf"\b(first|last)\s+({'|'.join(_COUNTS)}|\d{{1,2}})\s+{_OF_WHAT}{_NOUN}\b", _several),
    (rf"\b(?<!\ba )({_NTH}(?:{_AND}{_NTH}){_MORE})\s+{_OF_WHAT}{_NOUN}\b", _ordinals),
    (rf"\b{_NOUN}\s*(?:no\.?|number|#)?\s*(\d{{1,3}}(?:{_AND}#?\d{{1,3}}){_MORE})\b{_NO_PLACE}", _numbers),
    (rf"\b(?:original|initial|oldest|earliest)\s+{_OF_WHAT}{_NOUN}\b", lambda _: Mention((1,))),
    (rf"\b(?:last|latest|newest|most\s+recent)\s+{_OF_WHAT}{_NOUN}\b", lambda _: Mention((-1,))),
    (rf"\b(?:previous|preceding|earlier|prior)\s+{_OF_WHAT}{_NOUN}\b", lambda _: Mention(previous=True)),
    (rf"\b{_NOUN}\s+(?:(?:i\s+sent|from)\s+)?(?:before|earlier)\b", lambda _: Mention(previous=True)),
    (rf"倒数第({_NUMBER}){_PIECE}", lambda match: Mention((-_chinese(match[1]),))),
    (rf"(最前|最后|前|后)面?(?!一张)({_NUMBER})张{_PICTURE}", _several),
    (rf"(第{_NUMBER}张?(?:{_JOIN}第{_NUMBER}张?){_MORE}?){_PIECE}", _chinese_numbers),
    (
        rf"{_PICTURE}\s*#?\s*(\d{{1,3}}(?:{_JOIN}{_PICTURE}?\s*\d{{1,3}}){_MORE})(?![\d年月日号张个次天秒分小a-z%]|[.:：/×-]\d)",
        _chinese_numbers,
    ),
    (rf"{_PICTURE}({_HAN}(?:{_JOIN}{_PICTURE}?{_HAN}){_MORE}){_END}(?!下)", _chinese_numbers),
    (rf"(?:最开始|一开始|最初|最早|起初|开头){_CLOSE}(?:{_PICTURE}|[那这]张{_END})", lambda _: Mention((1,))),
    (rf"(?:最后|最新|最近|刚才|刚刚|刚){_CLOSE}(?:{_PICTURE}|张{_END})", lambda _: Mention((-1,))),
    (rf"[上前]面?[一那的]?{_PIECE}", lambda _: Mention(previous=True)),
    (rf"[上前]面的?{_PICTURE}", lambda _: Mention(previous=True)),
    (rf"(?:之前|先前|早先){_CLOSE}{_PICTURE}", lambda _: Mention(previous=True)),
)
# Each pattern has one of these in it: most texts speak of no picture.
_SPOKEN_OF = re.compile(rf"{_NOUN}|{_PICTURE}|[张幅]")
_COMPILED = tuple((re.compile(pattern), read) for pattern, read in _PATTERNS)


def mentions(text: str) -> tuple[Mention, ...]:
    """The places by which a text names screenshots, whether or not there are so many."""
    plain = " ".join(text.lower().split())
    return tuple(_read(plain)) if _SPOKEN_OF.search(plain) else ()


def _read(text: str) -> Iterator[Mention]:
    for pattern, read in _COMPILED:
        if found := list(pattern.finditer(text)):
            yield from map(read, found)
            text = pattern.sub("\n", text)


def resolve(found: Sequence[Mention], numbers: Sequence[int], own: int) -> tuple[int, ...]:
    """The numbers of the earlier screenshots that are meant, each once.

    `numbers` are those that there are, in order; `own` is how many new ones come with the text: if there are several
    of these, an ordinal within them, and the newest one, is theirs.
    """
    meant: dict[int, None] = {}
    for mention in found:
        for number in _meant(mention, numbers, own):
            meant[number] = None
    return tuple(meant)


def _meant(mention: Mention, numbers: Sequence[int], own: int) -> Iterator[int]:
    if mention.previous:
        # Without a new one it may be the newest, which is in view as a rule, or the one before that.
        yield from numbers[-1:] if own else numbers[-2:]
    for ordinal in mention.ordinals:
        if own > 1 and abs(ordinal) <= own:
            continue
        if ordinal in numbers:
            yield ordinal
        elif ordinal < 0:
            place = ordinal + 1 if own and ordinal < -1 else ordinal  # the new one is the newest
            yield from numbers[place:][:1] if -place <= len(numbers) else ()
