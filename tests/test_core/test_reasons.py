"""Why messages do not arrive, in words."""

from __future__ import annotations

import re

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import GetMe

from adapters.slack.api import RefusedError
from adapters.telegram import refusals
from adapters.telegram.refusals import meaning
from bot.reasons import in_words

ENGLISH = re.compile(r"[a-z]{2,} [a-z]{2,}")


def refused(words: str) -> str:
    """What Telegram's refusal in these words is given as."""
    return str(meaning(TelegramBadRequest(method=GetMe(), message=f"Bad Request: {words}"), repeatable=False))


@pytest.mark.parametrize("words", [words for words, _ in refusals._REASONS])
def test_what_telegram_says_is_told_in_both_languages(words: str) -> None:
    reason = refused(words)
    assert in_words(reason).en == reason
    assert not ENGLISH.search(in_words(reason).say("zh"))


def test_what_is_not_known_is_the_platforms_word() -> None:
    odd = refused("CHAT_{ODD}")
    assert in_words(odd).say("en") == "Telegram refuses the message: Bad Request: CHAT_{ODD}"
    assert in_words(odd).say("zh") == "Telegram 拒绝了这条消息：Bad Request: CHAT_{ODD}"
    assert in_words("TimeoutError").say("zh") == "平台返回“TimeoutError”"
    assert in_words("TimeoutError").say("en") == "TimeoutError"


def test_what_slack_says_comes_with_advice() -> None:
    reason = str(RefusedError("is_archived"))
    assert in_words(reason).say("en") == reason
    assert reason == "Slack refuses: is_archived (the channel is archived: unarchive it, or name another one)"
    assert in_words(reason).say("zh") == "Slack 拒绝了请求：is_archived（频道已归档：请取消归档，或改用其他频道）"
    assert in_words(str(RefusedError("msg_too_long"))).say("zh") == "Slack 拒绝了请求：msg_too_long"
