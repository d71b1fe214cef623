"""What agents do with cases: take and release them, close and open them again, note, send, and see who waits."""

from __future__ import annotations

from bot.verbs import sentences
from bot.verbs.arguments import ChoiceParameter, TextParameter

QUEUE_SHOWN = 20
"""So many open cases are listed, those that have waited the longest."""
TAKE_BUTTONS = 5
"""So many of them can be taken by a button."""
_FIRST_WORDS = 80
_SCORES = ("1", "2", "3", "4", "5")

WHERE = ChoiceParameter(sentences.RELEASE_TO, {"bot": ("机器人",), "waiting": ("queue", "队列", "排队")}, default="bot")
NOTE = TextParameter(sentences.NOTE_TEXT, most=3000, required=True, lines=True)
WORDS = TextParameter(sentences.SEND_TEXT, most=10_000, lines=True)
