"""Erasing, expiring and exporting what a store holds of somebody."""

from __future__ import annotations

import pytest

from bot.messages import Attachment, Backlog, ChatKey, Kind, NewOutgoing, NewTurn, Recall, Sender, Subject, View
from bot.outcome import Outcome
from bot.people import DAY, Activity, Charge
from bot.records import Expired, Holdings
from bot.stores import ConversationStore
from tests.contracts.stores import (
    CHAT,
    CUSTOMER,
    OTHER,
    Clock,
    accept,
    converse,
    deliver,
    message,
    picture,
    record,
    shown,
    texts,
)

GROUP = ChatKey("telegram", "bot", "-100", "5")
ANN, BOB = CUSTOMER, Sender("telegram:8", "Bob", "en")


async def ask(store: ConversationStore, name: str, sender: Sender, *, chat: ChatKey = GROUP) -> None:
    """One question of somebody's in a group, with a picture of its own, and the answer."""
    row = await accept(store, message(name, chat=chat, private=False))
    shot = picture(hash(name) % 1000, 500)
    made = await store.commit(
        Outcome(
            chat,
            (row,),
            (NewOutgoing(f"answer to {name}", answer=True),),
            question=NewTurn("customer", f"question {name}", (shot.ref,), (name,), sender.key),
            answer=NewTurn("bot", f"answer to {name}"),
            images=(shot,),
            record=record(),
        )
    )
    await deliver(store, made, f"a-{name}")


@pytest.mark.parametrize("subject", [CHAT, CUSTOMER.key], ids=["chat", "person"])
async def test_an_erased_chat_is_as_if_it_had_never_been(store: ConversationStore, subject: Subject) -> None:
    own, shared = picture(1), picture(2)
    await deliver(store, await converse(store, "kept", chat=OTHER, images=(shared,)), "k1")
    made = await converse(store, "1", images=(own, shared), parts=2)
    await deliver(store, made[:1], "a1")
    await store.rate(CHAT, "a1", CUSTOMER.key, 1)
    (shot, _) = (await store.context(CHAT)).pictures
    await store.describe(CHAT, shot, "a form")
    await store.set_view(CHAT, View(1))
    await converse(store, "2", reset=True)
    await store.commit(Outcome(CHAT, (), (NewOutgoing("notice"),)))
    await accept(store, message("3", attachments=(Attachment(data=b"x"),)))
    assert await store.holdings(CHAT) == Holdings(chats=1, questions=2, answers=2, pictures=2, waiting=1)
    assert CHAT in await store.chats_of(subject)

    assert await store.erase(subject) >= 1
    for chat in [CHAT, *([OTHER] if subject != CHAT else [])]:
        assert await store.holdings(chat) == Holdings()
        assert await texts(store, chat) == []
        assert await shown(store, chat) == []
        assert await store.pending(chat) == []
        assert not await store.knows(chat)
        assert await store.language(chat) == ""
        assert await store.export(chat) == []
    assert await store.chats_of(subject) == []
    assert await store.backlog() == Backlog()
    assert await store.undelivered() == []
    left = {} if subject != CHAT else {shared.ref.sha256: shared}
    assert await store.images([own.ref, shared.ref]) == left
    assert await store.erase(subject) == 0


async def test_what_was_erased_does_not_come_again(store: ConversationStore) -> None:
    await converse(store, "done")
    await accept(store, message("waiting"))
    await store.erase(CHAT)
    for name in ("done", "waiting"):
        assert await store.accept(message(name, "delivered again")) is None
    assert await store.export(CHAT) == []
    assert await store.chats_of(CHAT) == []
    await converse(store, "new", "a new question")
    assert await texts(store) == ["a new question", "A form."]


async def test_in_a_group_only_ones_own_goes(store: ConversationStore) -> None:
    for name, sender in (("1", ANN), ("2", BOB), ("3", ANN)):
        await ask(store, name, sender)
    await store.rate(GROUP, "a-2", ANN.key, -1)
    await store.rate(GROUP, "a-2", BOB.key, 1)
    await accept(store, message("4", chat=GROUP, private=False))
    notice = await store.commit(Outcome(GROUP, (), (NewOutgoing("“ann.pdf” is a PDF"),)))
    await deliver(store, notice, "n1")
    assert await store.holdings(ANN.key) == Holdings(1, 2, 2, 2, 1)
    assert await store.holdings(GROUP) == Holdings(1, 3, 3, 3, 1)
    assert await store.erase(ANN.key) == 1
    assert await texts(store, GROUP) == ["question 2", "answer to 2"]
    (entry,) = [entry for entry in await store.transcript(GROUP) if entry.speaker == "bot"]
    assert (entry.payload, entry.rating) == ("answer to 2", 1)
    assert await store.pending(GROUP) == []
    assert await store.chats_of(ANN.key) == []
    assert await store.holdings(BOB.key) == Holdings(1, 1, 1, 1)


async def test_a_person_is_known_by_what_waits_and_by_the_private_chat(store: ConversationStore) -> None:
    await accept(store, message("1", kind=Kind.COMMAND, command="help"))
    assert await store.chats_of(CUSTOMER.key) == [CHAT]
    (row,) = await store.pending(CHAT)
    await store.commit(Outcome(CHAT, (row.id,), (NewOutgoing("help"),)))
    await accept(store, message("2", chat=GROUP, private=False))
    assert await store.chats_of(CUSTOMER.key) == [CHAT, GROUP]
    assert await store.chats_of("telegram:70") == []
    assert await store.chats_of("") == []
    assert await store.erase(CUSTOMER.key) == 2
    assert await store.undelivered() == []


async def test_an_outcome_erases_what_came_before_its_command(store: ConversationStore) -> None:
    await converse(store, "1")
    waiting = await accept(store, message("2"))
    command = await accept(store, message("3", kind=Kind.COMMAND, command="forget"))
    later = await accept(store, message("4", "a new question"))
    other = await accept(store, message("5", chat=OTHER, private=False))
    made = await store.commit(Outcome(CHAT, (command, waiting), (NewOutgoing("All gone."),), erases=CHAT))
    assert await texts(store) == []
    assert [item.payload for item in made] == ["All gone."]
    assert [pending.id for pending in await store.pending()] == [later, other]
    assert await shown(store) == ["All gone.", "a new question"]
    assert await store.knows(CHAT)


async def test_a_message_that_was_erased_is_not_sent(store: ConversationStore) -> None:
    (row,) = await converse(store, "1")
    (kept,) = await converse(store, "2", chat=OTHER)
    await store.erase(CHAT)
    assert not await store.sending(row.id)
    assert await store.sending(kept.id)
    await store.sent(kept.id, "a2")
    assert not await store.sending(kept.id)
    assert await store.stuck(CHAT) == []


async def expire(store: ConversationStore, turns: float, pictures: float) -> tuple[int, set[ChatKey]]:
    """Expire until nothing is left to expire."""
    count, chats = 0, set[ChatKey]()
    while (step := await store.expire(turns, pictures)).count:
        count += step.count
        chats |= set(step.chats)
    assert step == Expired(0)
    return count, chats


async def test_old_turns_expire_with_all_that_is_theirs(store: ConversationStore, clock: Clock) -> None:
    old, fresh = picture(1), picture(2)
    for number in range(60):
        await deliver(store, await converse(store, f"old-{number}", images=(old,)), f"a-{number}")
    notice = await store.commit(Outcome(CHAT, (), (NewOutgoing("an old notice"),)))
    await deliver(store, notice, "n")
    await deliver(store, await converse(store, "elsewhere", chat=OTHER), "b")
    clock.now = 2000.0
    await deliver(store, await converse(store, "new", "a new question", images=(fresh,)), "a-new")
    count, chats = await expire(store, 2000.0, 0.0)
    assert (count, chats) == (123, {CHAT, OTHER})
    assert await texts(store) == ["a new question", "A form."]
    assert await shown(store) == ["a new question", "A form. 0"]
    assert list(await store.images([old.ref, fresh.ref])) == [fresh.ref.sha256]
    assert await store.holdings(OTHER) == Holdings()
    assert not await store.knows(OTHER)
    assert await store.accept(message("old-1")) is None
    await converse(store, "newer", "the conversation goes on")
    assert (await texts(store))[2:] == ["the conversation goes on", "A form."]


async def test_what_somebody_used_long_ago_expires(store: ConversationStore, clock: Clock) -> None:
    clock.now = 5 * DAY + 60
    await store.commit(Outcome(CHAT, (), charge=Charge(CUSTOMER.key, 500.0)))
    assert await expire(store, 5 * DAY, 0.0) == (0, set())
    assert (await store.person(CUSTOMER.key)).activity.device_ms == 500.0
    assert await expire(store, 6 * DAY, 0.0) == (1, set())
    assert (await store.person(CUSTOMER.key)).activity == Activity()


async def test_what_is_yet_to_be_answered_or_sent_does_not_expire(store: ConversationStore, clock: Clock) -> None:
    (unsent,) = await converse(store, "1")
    await accept(store, message("2", "an unanswered question"))
    await store.commit(Outcome(CHAT, (), (NewOutgoing("an unsent notice"),)))
    clock.now = 9999.0
    await expire(store, 9999.0, 9999.0)
    assert len(await store.undelivered()) == 2
    assert [p.inbound.text for p in await store.pending()] == ["an unanswered question"]
    await store.sending(unsent.id)
    await store.failed(unsent.id, "blocked")
    assert (await expire(store, 9999.0, 9999.0))[0] == 1


async def test_old_pictures_expire_and_their_words_stay(store: ConversationStore, clock: Clock) -> None:
    old, again, fresh = picture(1), picture(2), picture(3)
    await deliver(store, await converse(store, "1", "look", images=(old, again)), "a1")
    (shot, _) = (await store.context(CHAT)).pictures
    await store.describe(CHAT, shot, "a form")
    clock.now = 2000.0
    recalled = NewTurn("customer", "and now?", (fresh.ref, again.ref), ("2",), recalled=(Recall(old.ref, again=True),))
    await store.commit(Outcome(CHAT, (), question=recalled, answer=NewTurn("bot", "a"), images=(fresh,)))
    assert await expire(store, 0.0, 2000.0) == (2, {CHAT})
    first, _, second, _ = await store.history(CHAT)
    assert (first.text, first.images, second.images, second.recalled) == ("look", (), (fresh.ref, again.ref), ())
    assert {p.description for p in (await store.context(CHAT)).pictures} == {""}
    assert set(await store.images([old.ref, again.ref, fresh.ref])) == {again.ref.sha256, fresh.ref.sha256}


async def test_an_export_is_complete_and_of_nobody_else(store: ConversationStore, clock: Clock) -> None:
    clock.now = 50.0
    shot = picture(1)
    first = await converse(store, "1", "你好 😀", "您好", images=(shot,), parts=2)
    await deliver(store, first, "a1")
    await store.rate(CHAT, "a1", CUSTOMER.key, -1)
    await converse(store, "2", "second", supersedes=(await store.history(CHAT))[1].id, reset=True)
    await store.commit(Outcome(CHAT, (), (NewOutgoing("a notice"),)))
    await accept(store, message("3", "still waiting", attachments=(Attachment(name="a.png", data=b"x"),)))
    await converse(store, "not mine", "somebody else's", chat=OTHER)
    (chat,) = await store.export(CHAT)
    assert (chat.chat, chat.person) == (CHAT, CUSTOMER.key)
    assert [(turn.speaker, turn.text, turn.conversation, turn.at) for turn in chat.turns] == [
        ("customer", "你好 😀", 1, 50.0),
        ("bot", "您好", 1, 50.0),
        ("customer", "second", 2, 50.0),
        ("bot", "A form.", 2, 50.0),
    ]
    question, answer = chat.turns[:2]
    assert (question.sender, question.message_ids, question.language) == (CUSTOMER.key, ("1",), "en")
    assert [(p.sha256, p.width, p.media_type, p.number, p.role) for p in question.pictures] == [
        (shot.ref.sha256, 640, "image/png", 1, "sent")
    ]
    assert [(thumb.sender, thumb.rating) for thumb in answer.feedback] == [(CUSTOMER.key, -1)]
    assert [(sent.payload, sent.state, sent.message_id) for sent in answer.sent] == [
        ("您好 0", "sent", "a1"),
        ("您好 1", "sent", "a1-1"),
    ]
    assert answer.superseded
    assert (answer.usage["model"], answer.usage["answer_tokens"], answer.usage["total_ms"]) == ("model", 12, 1000.0)
    assert [sent.payload for sent in chat.notices] == ["a notice"]
    (waiting,) = chat.waiting
    assert (waiting.text, waiting.attachments) == ("still waiting", (Attachment(name="a.png", data=b"x"),))


async def test_an_export_of_a_person_tells_nothing_of_others(store: ConversationStore) -> None:
    await ask(store, "1", ANN)
    await ask(store, "2", BOB)
    await store.rate(GROUP, "a-1", BOB.key, 1)
    await store.commit(Outcome(GROUP, (), (NewOutgoing("a notice for somebody"),)))
    await accept(store, message("3", chat=GROUP, private=False))
    (group,) = await store.export(BOB.key)
    assert [turn.text for turn in group.turns] == ["question 2", "answer to 2"]
    assert (group.notices, group.waiting) == ((), ())
    (group,) = await store.export(ANN.key)
    assert [turn.text for turn in group.turns] == ["question 1", "answer to 1"]
    assert group.turns[1].feedback == ()
    assert [waiting.message_id for waiting in group.waiting] == ["3"]
