"""Leaves the numbers of payment cards, e-mail addresses and phone numbers out of a text. Pure.

Masked is what can be told from other numbers by its form alone: cards by length, first digits and check digit; phones
by the ways in which people write them (with a ``+``, in groups, or as a mobile number of mainland China). Numbers of
orders and parcels, dates, amounts, versions and error codes stay readable, since questions are about them. So a phone
number that is written as nothing but a run of digits stays too, unless it is a mobile number of mainland China, and
even then if the words before it say that it is an order's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.texts import CARD_MASKED, EMAIL_MASKED, PHONE_MASKED, Sentence, language_of

# Written wide, as Chinese input methods do, one character for one.
_NARROW = str.maketrans("０１２３４５６７８９＋－．＠（）　\u00a0‐‑–—", "0123456789+-.@()  ----")
_LATIN = "A-Za-z\u00c0-\u024f\u0400-\u04ff"

_BEGIN = r"(?<![A-Za-z0-9_])(?<![A-Za-z0-9][-./])"
_END = r"(?![A-Za-z0-9_])(?![-./][A-Za-z0-9])"
_CARD = re.compile(rf"{_BEGIN}\d+(?:[ -]\d+)*{_END}")
_EMAIL = re.compile(
    rf"(?<![{_LATIN}0-9._%+'-])[{_LATIN}0-9._%+'-]{{1,64}}@((?:[{_LATIN}0-9-]{{1,63}}\.){{1,8}}[A-Za-z]{{2,24}})(?![A-Za-z0-9-])"
)
_PICTURE_FILE = re.compile(r"\dx\.(?:png|jpe?g|webp|gif|svg)", re.IGNORECASE)
_PHONES = (
    # +1 (415) 555-2671, +86 138 0013 8000, +49 30 901820
    re.compile(rf"(?<![A-Za-z0-9_])\+[1-9](?:[ .-]?(?:\(\d+\)|\d+)){{1,7}}{_END}"),
    # 13800138000, 138 0013 8000, 86-138-0013-8000: mobiles of mainland China
    re.compile(rf"{_BEGIN}(?:(?:00)?86[ -]?)?1[3-9]\d(?:[ -]?\d{{4}}){{2}}{_END}"),
    # 010-12345678, 0755 26001234-801
    re.compile(rf"{_BEGIN}(?:\(0\d{{2,3}}\) ?|0\d{{2,3}}[ -])\d{{7,8}}(?:-\d{{1,6}})?{_END}"),
    # (415) 555-2671, 415-555-2671
    re.compile(rf"{_BEGIN}(?![48]00)(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{{4}}{_END}"),
    # 020 7946 0958, 07700 900123
    re.compile(rf"{_BEGIN}(?<!\d )0\d{{2,4}}[ -]\d{{3,4}}[ -]?\d{{3,4}}{_END}(?! \d)"),
)
_INTERNATIONAL = range(9, 16)
"""Digits of a number with a ``+``."""
_AMOUNT = re.compile(r"\.\d\d?$")
_OF_AN_ORDER = re.compile(
    r"(?:订单|单号|运单|快递|流水|编号|编码|交易号|序列号|order|tracking|invoice|ticket|serial|parcel|shipment|waybill)"
    r"[^0-9\n]{0,12}$",
    re.IGNORECASE,
)
_LOOK_BACK = 32

# First digits and lengths by which cards are known, as issuers use them today.
_ISSUERS = (
    (re.compile(r"4"), (16,)),  # Visa
    (re.compile(r"5[1-5]|2(?:2[3-9]|22[1-9]|[3-6]|7[01]|720)"), (16,)),  # Mastercard
    (re.compile(r"3[47]"), (15,)),  # American Express
    (re.compile(r"62|81"), (16, 17, 18, 19)),  # UnionPay
    (re.compile(r"35(?:2[89]|[3-8])"), (16,)),  # JCB
    (re.compile(r"3(?:0[0-5]|[689])"), (14,)),  # Diners Club
    (re.compile(r"6011|64[4-9]|65"), (16,)),  # Discover
    (re.compile(r"50[123]|58[69]|6304|67"), (16, 18, 19)),  # Maestro
)


@dataclass(frozen=True, slots=True)
class Masking:
    """What is masked."""

    cards: bool = False
    emails: bool = False
    phones: bool = False

    def question(self, text: str) -> str:
        """Mask what a customer wrote."""
        if self.emails:
            text = _without(text, EMAIL_MASKED, _emails)
        if self.cards:
            text = _without(text, CARD_MASKED, _cards)
        if self.phones:
            text = _without(text, PHONE_MASKED, _phones)
        return text

    def answer(self, text: str) -> str:
        """Mask what the model read off a picture: cards alone, as addresses and phone numbers in an answer are mostly
        the company's own."""
        return _without(text, CARD_MASKED, _cards) if self.cards else text


def _without(text: str, sentence: Sentence, find: Callable[[str], Iterator[tuple[int, int]]]) -> str:
    language = language_of(text) or "en"
    parts, at = [], 0
    for start, end in sorted(find(text.translate(_NARROW))):
        if start >= at:
            digits = "".join(c for c in text[start:end].translate(_NARROW) if c.isdigit())
            parts += [text[at:start], sentence.say(language, last=digits[-4:])]
            at = end
    return "".join([*parts, text[at:]])


def _emails(text: str) -> Iterator[tuple[int, int]]:
    for match in _EMAIL.finditer(text):
        if not _PICTURE_FILE.fullmatch(match[1]):
            yield match.span()


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for match in _CARD.finditer(text):
        # Not more than five groups can be a card: four digits or more in each, and 19 in all.
        groups = [group.span() for group in re.finditer(r"\d+", match[0])]
        whole = "-" in match[0]  # what else is joined to it makes it another kind of number
        first = 0
        while first < len(groups):
            last = next(
                (n for n in range(min(len(groups), first + 5), first, -1) if _is_card(match[0], groups[first:n])), None
            )
            if last is None or (whole and (first, last) != (0, len(groups))):
                first += 1
                continue
            yield match.start() + groups[first][0], match.start() + groups[last - 1][1]
            first = last


def _is_card(text: str, groups: list[tuple[int, int]]) -> bool:
    sizes = [end - start for start, end in groups]
    if not 14 <= sum(sizes) <= 19 or any(size < 4 for size in sizes[:-1]):
        return False
    digits = "".join(text[start:end] for start, end in groups)
    known = any(issuer.match(digits) and len(digits) in lengths for issuer, lengths in _ISSUERS)
    return known and luhn(digits)


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for kind, pattern in enumerate(_PHONES):
        for match in pattern.finditer(text):
            start, end = match.span()
            if kind == 0:
                digits = sum(c.isdigit() for c in match[0])
                if digits not in _INTERNATIONAL or _AMOUNT.search(match[0]):
                    continue
            elif _OF_AN_ORDER.search(text[max(0, start - _LOOK_BACK) : start]):
                continue
            yield start, end
