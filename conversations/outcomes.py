"""Storing an outcome: everything that dealing with some inbox rows changed."""

from __future__ import annotations

from bot.messages import AnswerRecord, Outgoing
from bot.outcome import Outcome
from conversations import chats, erasing, inbox, outbox, people, pictures, prompts, turns
from conversations.chats import Chat
from conversations.database import Transaction


def commit(tx: Transaction, outcome: Outcome, now: float) -> list[Outgoing]:
    """Store all of it; raises AlreadySettledError if an inbox row has already been dealt with."""
    chat = chats.ensure(tx, outcome.chat)
    came = inbox.finish(tx, outcome.inbox_ids, now)
    if outcome.set_aside:
        inbox.set_aside(tx, outcome.inbox_ids[0])
    if outcome.erases is not None:
        erasing.erase(tx, outcome.erases, min(outcome.inbox_ids, default=None), now)
        chat = chats.ensure(tx, outcome.chat)
    if outcome.supersedes is not None:
        turns.supersede(tx, chat, outcome.supersedes)
    if outcome.reset:
        chat = chats.reset(tx, chat)
    if outcome.charge is not None:
        people.charge(tx, outcome.charge, now)
    people.decide(tx, outcome.decisions)
    people.record(tx, outcome.audit, now)
    for chosen in outcome.uses:
        prompts.use(tx, chosen, now)
    if outcome.outgoing and not chat.answered:
        chats.mark_answered(tx, chat)
    answer_id = _store_turns(tx, chat, outcome, came, now)
    again = outbox.resend(tx, chat, now) if outcome.resend else []
    return again + outbox.insert(tx, chat, outcome.chat, outcome.outgoing, answer_id, now)


def _store_turns(tx: Transaction, chat: Chat, outcome: Outcome, came: float, now: float) -> int | None:
    """Question (of the time when it `came`), answer, and their pictures; returns the answer's id."""
    said = [turn for turn in (outcome.question, outcome.answer) if turn is not None]
    shown = {ref.sha256 for turn in said for ref in turn.images}
    # A picture that no turn shows would never be erased.
    pictures.keep(tx, (image for image in outcome.images if image.ref.sha256 in shown))
    if outcome.question is not None:
        turns.insert(tx, chat, outcome.question, came)
    if outcome.answer is None:
        return None
    answer_id = turns.insert(tx, chat, outcome.answer, now)
    if outcome.record is not None:
        _store_record(tx, answer_id, outcome.record)
    return answer_id


def _store_record(tx: Transaction, turn_id: int, record: AnswerRecord) -> None:
    usage = record.usage
    tx.run(
        "INSERT INTO usage (turn_id, model, prompt_version, finish, prompt_tokens, image_tokens, cached_tokens,"
        " answer_tokens, waiting_ms, encode_ms, prefill_ms, first_token_ms, decode_ms, total_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        turn_id,
        record.model,
        record.prompt_version,
        usage.finish,
        usage.prompt_tokens,
        usage.image_tokens,
        usage.cached_tokens,
        usage.answer_tokens,
        usage.waiting_ms,
        usage.encode_ms,
        usage.prefill_ms,
        usage.first_token_ms,
        usage.decode_ms,
        record.total_ms,
    )
