"""What agents do with cases: take and release them, close and open them again, note, send, and see who waits."""

from __future__ import annotations

from collections.abc import Sequence

from bot import casetexts, texts
from bot.cards import customer, named, staff
from bot.cases import OPEN, Case, CaseState, LogKind, Move, NewEntry, Staff
from bot.messages import Button, Language, Role
from bot.ports import ConversationStore
from bot.saying import notice, said
from bot.texts import Sentence
from bot.verbs import sentences
from bot.verbs.arguments import ChoiceParameter, TextParameter
from bot.verbs.verb import Call, Effect, Tools, prefix

QUEUE_SHOWN = 20
"""So many open cases are listed, those that have waited the longest."""
TAKE_BUTTONS = 5
"""So many of them can be taken by a button."""
_FIRST_WORDS = 80
_SCORES = ("1", "2", "3", "4", "5")

WHERE = ChoiceParameter(sentences.RELEASE_TO, {"bot": ("机器人",), "waiting": ("queue", "队列", "排队")}, default="bot")
NOTE = TextParameter(sentences.NOTE_TEXT, most=3000, required=True, lines=True)
WORDS = TextParameter(sentences.SEND_TEXT, most=10_000, lines=True)
