"""Reading out all that is held of a chat or a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.messages import ChatKey, Subject
from bot.records import CaseRecord, ChatRecord, EntryRecord, Sent, ShownPicture, Thumb, TurnRecord
from conversations import erasing, inbox, turns
from conversations.chats import Chat
from conversations.database import Transaction

_USAGE = (
    "model",
    "prompt_version",
    "finish",
    "prompt_tokens",
    "image_tokens",
    "cached_tokens",
    "answer_tokens",
    "waiting_ms",
    "encode_ms",
    "prefill_ms",
    "first_token_ms",
    "decode_ms",
    "total_ms",
)
_CASE = (
    "id",
    "conversation",
    "state",
    "cause",
    "customer",
    "customer_name",
    "agent",
    "agent_name",
    "opened_at",
    "taken_at",
    "since",
    "satisfaction",
    "summary",
)
_SENT = "SELECT payload, state, coalesce(message_id, ''), created_at, changed_at FROM outbox WHERE"


def read(tx: Transaction, subject: Subject) -> list[ChatRecord]:
    """The subject's chats with everything in them that is the subject's."""
    return [_record(tx, key, chat, subject) for key, chat in erasing.concerned(tx, subject)]


def _record(tx: Transaction, key: ChatKey, chat: Chat, subject: Subject) -> ChatRecord:
    asked, answered = erasing.shares(tx, chat, subject)
    whole = erasing.whole(tx, chat, subject)
    person = "" if isinstance(subject, ChatKey) else subject
    return ChatRecord(
        chat=key,
        person=chat.person,
        turns=tuple(_turn(tx, turn_id, "" if whole else person) for turn_id in sorted((*asked, *answered))),
        # Whom a notice in a group was for is not known: those of others must not be told.
        notices=_sent(tx.rows(f"{_SENT} chat_id = ? AND turn_id IS NULL ORDER BY id", chat.id)) if whole else (),
        waiting=tuple(inbox.of_chat(tx, chat, "" if whole else person)),
        cases=tuple(_case(tx, case_id) for case_id in erasing.cases_of(tx, chat, subject)),
    )


def _turn(tx: Transaction, turn_id: int, only: str) -> TurnRecord:
    """A turn with all that belongs to it; with `only`, no other person's thumbs."""
    conversation, speaker, text, sender, agent, author, language, superseded, at = tx.row(
        "SELECT conversation, speaker, text, sender, agent, author, language, superseded, at FROM turns WHERE id = ?",
        turn_id,
    )
    messages = tx.rows("SELECT message_id FROM turn_messages WHERE turn_id = ? ORDER BY position", turn_id)
    shown = tx.rows(
        "SELECT sha256, width, height, media_type, number, role, coalesce(descriptions.text, '') FROM turn_images"
        " JOIN images USING (sha256) LEFT JOIN descriptions USING (turn_id, position) WHERE turn_id = ?"
        " ORDER BY position",
        turn_id,
    )
    usage = tx.row(f"SELECT {', '.join(_USAGE)} FROM usage WHERE turn_id = ?", turn_id)  # noqa: S608
    thumbs = tx.rows("SELECT sender, rating, at, reason FROM feedback WHERE turn_id = ? ORDER BY id", turn_id)
    return TurnRecord(
        id=turn_id,
        conversation=conversation,
        speaker=turns.speaker_of(speaker, agent),
        text=text,
        sender=agent or sender,
        language=language,
        superseded=bool(superseded),
        at=at,
        author=author,
        message_ids=tuple(row[0] for row in messages),
        pictures=tuple(ShownPicture(*row) for row in shown),
        usage=dict(zip(_USAGE, usage, strict=True)) if usage else {},
        feedback=tuple(Thumb(*row) for row in thumbs if only in ("", row[0])),
        sent=_sent(tx.rows(f"{_SENT} turn_id = ? ORDER BY id", turn_id)),
    )


def _case(tx: Transaction, case_id: int) -> CaseRecord:
    """A case with its log."""
    case = tx.row(f"SELECT {', '.join(_CASE)} FROM cases WHERE id = ?", case_id)  # noqa: S608
    log = tx.rows(
        "SELECT kind, turn_id, actor, actor_name, text, at FROM case_log WHERE case_id = ? ORDER BY id", case_id
    )
    return CaseRecord(**dict(zip(_CASE, case, strict=True)), log=tuple(EntryRecord(*row) for row in log))


def _sent(rows: Iterable[Any]) -> tuple[Sent, ...]:
    return tuple(Sent(*row) for row in rows)
