"""A case as a text: who said and did what, when. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot import counseltexts as say
from bot.cards import Cards
from bot.cases import Case, LogEntry, LogKind
from bot.messages import Turn

MOST = 3_000
"""So many characters are told at once."""
LONGEST = 600
"""Of what somebody said at once, so many characters."""


def told(cards: Cards, case: Case, turns: Sequence[Turn], log: Sequence[LogEntry], *, most: int = MOST) -> str:
    """The newest part of what was said in the case's conversations (`turns`, those from before it was a case among
    them) and of what happened in it."""
    logged = {entry.turn for entry in log if entry.kind is LogKind.TURN}
    before = [LogEntry(0, case.id, LogKind.TURN, turn.at, said=turn) for turn in turns if turn.id not in logged]
    entries = sorted([*before, *log], key=lambda entry: entry.at)
    lines = [line for entry in entries if (line := _line(cards, case, entry))]
    kept = _newest(lines, most)
    if not kept:
        return say.NOTHING_TOLD.say(cards.language, number=case.id)
    left = len(lines) - len(kept)
    heading = (say.TOLD_FROM if left else say.TOLD).say(cards.language, number=case.id, left=left)
    return "\n\n".join([heading, *kept])


def _line(cards: Cards, case: Case, entry: LogEntry) -> str:
    if entry.kind is LogKind.AMENDED:  # the turn itself says what it says now
        return ""
    reply = cards.entry(case, entry)
    if reply is None:
        return ""
    text = reply.text if len(reply.text) <= LONGEST else f"{reply.text[: LONGEST - 1].rstrip()}…"
    author = f"**{reply.author}**: " if reply.author else ""
    pictures = say.PICTURES.say(cards.language, count=len(reply.pictures)) if reply.pictures else ""
    return " ".join(part for part in (cards.at(entry.at), f"{author}{text}", pictures) if part)


def _newest(lines: Sequence[str], most: int) -> list[str]:
    kept: list[str] = []
    for line in reversed(lines):
        most -= len(line)
        if most < 0 and kept:
            break
        kept.append(line)
    return kept[::-1]
