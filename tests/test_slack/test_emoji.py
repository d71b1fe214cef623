"""Slack's codes for emoji become emoji, and nothing else does."""

from __future__ import annotations

import pytest

from adapters.slack.emoji import with_emoji
from adapters.slack.text import plain


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("Sure :smile: :tada:!", "Sure 😄 🎉!"),
        (":+1::skin-tone-3:", "👍🏼"),
        (":point_up::skin-tone-4: :woman-facepalming::skin-tone-6:", "☝🏽 🤦🏿\u200d♀️"),
        (":thinking_face::heart:", "🤔❤️"),
        (":flag-de: :female-technologist: :man-woman-girl:", "🇩🇪 👩\u200d💻 👨\u200d👩\u200d👧"),
        ("好:thumbsup:", "好👍"),
        (":skin-tone-2: :our-own:", ":skin-tone-2: :our-own:"),
        ("at 10:100:5, key:key:x, std::key::y", "at 10:100:5, key:key:x, std::key::y"),
    ],
)
def test_codes(code: str, shown: str) -> None:
    assert with_emoji(code) == shown


def test_what_is_no_text_stays() -> None:
    assert plain("`:x:` :x: <https://shop.example/:x:>") == "`:x:` ❌ https://shop.example/:x:"
