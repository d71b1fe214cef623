"""Storing an outcome: everything that dealing with some inbox rows changed."""

from __future__ import annotations

from collections.abc import Iterable

from bot.messages import AnswerRecord, Image, NewTurn, Outgoing
from bot.outcome import Elsewhere, Outcome
from conversations import (
    caselog,
    cases,
    changes,
    chats,
    erasing,
    inbox,
    incidents,
    outbox,
    pauses,
    people,
    pictures,
    prompts,
    turns,
)
from conversations.chats import Chat
from conversations.database import Transaction


def commit(tx: Transaction, outcome: Outcome, now: float) -> list[Outgoing]:
    """Store all of it; raises AlreadySettledError if an inbox row has already been dealt with, CaseMovedError if the
    case is not as it was seen."""
    chat = chats.ensure(tx, outcome.chat)
    came = inbox.finish(tx, outcome.inbox_ids, now)
    if outcome.set_aside:
        inbox.set_aside(tx, outcome.inbox_ids[0])
    if outcome.erases is not None:
        erasing.erase(tx, outcome.erases, min(outcome.inbox_ids, default=None), now)
        chat = chats.ensure(tx, outcome.chat)
    if outcome.supersedes is not None:
        changes.supersede(tx, chat, outcome.supersedes, now)
    if outcome.reset:
        if outcome.move is None:
            cases.require_none(tx, chat)
        chat = chats.reset(tx, chat)
    if outcome.move is not None:
        cases.move(tx, chat, outcome.move, now)
    if outcome.mark is not None:
        cases.mark(tx, chat, outcome.mark, now)
    if outcome.charge is not None:
        people.charge(tx, outcome.charge, now)
    people.decide(tx, outcome.decisions)
    people.record(tx, outcome.audit, now)
    if outcome.pause is not None:
        pauses.begin(tx, outcome.pause, now)
    if outcome.resumes:
        pauses.end(tx)
    if outcome.answers is not None:
        incidents.answer(tx, outcome.answers)
    for chosen in outcome.uses:
        prompts.use(tx, chosen, now)
    if outcome.outgoing and not chat.answered:
        chats.mark_answered(tx, chat)
    answer_id = _store_turns(tx, chat, outcome, came, now)
    again = outbox.resend(tx, chat, now) if outcome.resend else []
    made = outbox.insert(tx, chat, outcome.chat, outcome.outgoing, answer_id, now)
    for elsewhere in outcome.elsewhere:
        made += _act_elsewhere(tx, elsewhere, now)
    for entry in outcome.log:
        caselog.add(tx, entry, now)
    if outcome.summary is not None:
        cases.summarise(tx, outcome.summary, now)
    return again + made


def _act_elsewhere(tx: Transaction, elsewhere: Elsewhere, now: float) -> list[Outgoing]:
    """What an agent has to say to another chat's customer, or to change of what was said."""
    chat = (chats.ensure if elsewhere.opens else chats.find)(tx, elsewhere.chat)
    if elsewhere.case:
        cases.require(tx, chat, elsewhere.case, elsewhere.agent)
    if chat is None:  # its customer was erased meanwhile
        return []
    if elsewhere.outgoing and not chat.answered:
        chats.mark_answered(tx, chat)
    turn_id = turns.in_chat(tx, chat, elsewhere.turn)
    if turn_id is not None and elsewhere.retracts:
        changes.empty(tx, chat, turn_id, now)
    elif turn_id is not None and elsewhere.text is not None:
        changes.reword(tx, turn_id, elsewhere.text, now)
        if elsewhere.pictures is not None:
            pictures.keep(tx, elsewhere.images)
            changes.exchange(tx, chat, turn_id, elsewhere.pictures, now)
    if elsewhere.said is not None:
        _keep_pictures(tx, elsewhere.images, [elsewhere.said])
        turn_id = turns.insert(tx, chat, elsewhere.said, now)
        caselog.said(tx, chat, [turn_id], now)
    return outbox.insert(tx, chat, elsewhere.chat, elsewhere.outgoing, turn_id, now)


def _store_turns(tx: Transaction, chat: Chat, outcome: Outcome, came: float, now: float) -> int | None:
    """Question (of the time when it `came`), answer, and their pictures; returns the answer's id."""
    answer_id: int | None = None
    stored: list[int] = []
    _keep_pictures(tx, outcome.images, [turn for turn in (outcome.question, outcome.answer) if turn is not None])
    if outcome.question is not None:
        stored.append(turns.insert(tx, chat, outcome.question, came))
    if outcome.answer is not None:
        answer_id = turns.insert(tx, chat, outcome.answer, now)
        stored.append(answer_id)
        if outcome.record is not None:
            _store_record(tx, answer_id, outcome.record)
    if stored:
        caselog.said(tx, chat, stored, now)
    return answer_id


def _keep_pictures(tx: Transaction, images: Iterable[Image], shown_by: Iterable[NewTurn]) -> None:
    """Store the pictures that these turns show: one that no turn shows would never be erased."""
    shown = {ref.sha256 for turn in shown_by for ref in turn.images}
    pictures.keep(tx, (image for image in images if image.ref.sha256 in shown))


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
