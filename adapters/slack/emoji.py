"""Slack's codes for emoji, as the emoji themselves. Pure."""

from __future__ import annotations

import re

from emoji import emojize

# One or several in a row, which no word, number or colon goes over into: "10:100:5" and "a::key::b" are none.
_CODES = re.compile(r"(?<![A-Za-z0-9_:])(?::[a-z0-9_'+-]+:)+(?!:)")
_CODE = re.compile(r":([a-z0-9_'+-]+):")
_TONE = re.compile(r"skin-tone-([2-6])")
_FLAG = re.compile(r"flag-([a-z]{2})")
_SEXES = re.compile(r"\A(?:fe)?male_")
_ENGLISH = {"female_": "woman", "male_": "man"}
_LIGHTEST, _REGION_A = 0x1F3FB, 0x1F1E6
_VARIANT = "\ufe0f"


def with_emoji(text: str) -> str:
    """The text with emoji in place of their codes, skin tones included. A workspace's own have no other form."""
    return _CODES.sub(lambda run: _CODE.sub(_decoded, _toned(run[0])), text)


def _toned(codes: str) -> str:
    """The codes with skin tones put on what stands before them."""
    parts = _CODE.findall(codes)
    made: list[str] = []
    for part in parts:
        tone, before = _TONE.fullmatch(part), made[-1] if made else ""
        shown = _CODE.sub(_decoded, before)
        if tone is not None and shown != before:
            colour = chr(_LIGHTEST + int(tone[1]) - 2)
            made[-1] = shown[0] + colour + shown[1:].removeprefix(_VARIANT)  # it is the first sign's, as a person's
        else:
            made.append(f":{part}:")
    return "".join(made)


def _decoded(code: re.Match[str]) -> str:
    if flag := _FLAG.fullmatch(code[1]):
        return "".join(chr(_REGION_A + ord(letter) - ord("a")) for letter in flag[1])
    plain = code[1].replace("-", "_")
    for name in (code[1], plain, _SEXES.sub(lambda sex: f"{_ENGLISH[sex[0]]}_", plain), f"family_{plain}"):
        if (found := emojize(f":{name}:", language="alias")) != f":{name}:":
            return found
    return code[0]
