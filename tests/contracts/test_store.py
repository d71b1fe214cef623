"""What every store of conversations does: inbox, outcomes and turns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import StoreError
from bot.messages import Attachment, Backlog, ChatKey, Image, ImageRef, Kind, Language, NewOutgoing, NewTurn, Pending
from bot.outcome import Outcome
from bot.stores import ConversationStore
from tests.contracts.stores import (
    CHAT,
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

# --- inbox


async def test_an_event_is_accepted_once_and_for_ever(store: ConversationStore) -> None:
    row = await accept(store, message("1"))
    assert await store.accept(message("1", "delivered again")) is None
    await store.commit(Outcome(CHAT, (row,)))
    assert await store.accept(message("1")) is None
    assert await store.pending() == []


async def test_what_was_undone_before_it_came_is_not_taken(store: ConversationStore) -> None:
    row = await accept(store, message("deletion", kind=Kind.DELETE))
    undone = message("1", undone_by="event-deletion")
    assert await store.accept(undone) is None
    await store.commit(Outcome(CHAT, (row,)))
    assert await store.accept(undone) is None
    await accept(store, message("2", undone_by="event-another"))
    assert [p.inbound.message_id for p in await store.pending()] == ["2"]


async def test_event_ids_belong_to_platform_and_account(store: ConversationStore) -> None:
    rows = [
        await store.accept(message("1", chat=ChatKey(*names, "9"))) for names in (("a", "x"), ("a", "y"), ("b", "x"))
    ]
    assert None not in rows
    assert await store.accept(message("1", chat=ChatKey("a", "x", "another chat"))) is None


async def test_pending_gives_back_what_came_in_oldest_first(store: ConversationStore) -> None:
    first = message("1", "这是什么?😀", attachments=(Attachment("f1", "a.png", "image/png", 3, b"\x00\xff\x01"),))
    second = message("2", chat=OTHER, quoted=(Attachment("f2"), Attachment(data=b"")), received_at=5.0)
    third = message("3", kind=Kind.COMMAND, command="new")
    rows = [await accept(store, inbound) for inbound in (first, second, third)]
    one, two, three = (Pending(row, inbound) for row, inbound in zip(rows, (first, second, third), strict=True))
    assert await store.pending() == [one, two, three]
    assert await store.pending(CHAT) == [one, three]
    assert await store.pending(ChatKey("telegram", "bot", "nobody")) == []
    await store.commit(Outcome(CHAT, (rows[0],)))
    assert await store.pending() == [two, three]


async def test_half_a_surrogate_pair_is_replaced(store: ConversationStore) -> None:
    await accept(store, message("lone \ud800", "half \udc00, pair \ud83d\ude00"))
    assert [(p.inbound.text, p.inbound.message_id) for p in await store.pending()] == [("half �, pair 😀", "lone �")]
    await converse(store, "\udfff", "\ud800?", "\udc00!")
    assert await texts(store) == ["�?", "�!"]
    turn = await store.find_turn(CHAT, "\udfff")
    assert turn is not None
    assert turn.text == "�?"


# --- outcomes


async def test_an_outcome_stores_turns_pictures_and_messages(store: ConversationStore, clock: Clock) -> None:
    clock.now = 50.0
    shots = (picture(1), picture(2))
    row = await accept(store, message("1"))
    second = await accept(store, message("2"))
    clock.now = 60.0
    made = await store.commit(
        Outcome(
            CHAT,
            (row, second),
            (NewOutgoing("one", answer=True, slot="p1"), NewOutgoing("two", answer=True), NewOutgoing("by the way")),
            question=NewTurn("customer", "这是什么?😀", (shots[1].ref, shots[0].ref), ("1", "2"), "telegram:7", "zh"),
            answer=NewTurn("bot", "一张表格。", language="zh"),
            images=shots,
            record=record(),
        )
    )
    question, answer = await store.history(CHAT)
    assert (question.speaker, question.text, question.images) == (
        "customer",
        "这是什么?😀",
        (shots[1].ref, shots[0].ref),
    )
    assert (question.message_ids, question.language, question.at) == (("1", "2"), "zh", 50.0)
    assert (answer.speaker, answer.text, answer.images, answer.message_ids) == ("bot", "一张表格。", (), ())
    assert (answer.language, answer.at) == ("zh", 60.0)
    assert [(o.chat, o.payload, o.slot, o.turn_id, o.attempts) for o in made] == [
        (CHAT, "one", "p1", answer.id, 0),
        (CHAT, "two", "", answer.id, 0),
        (CHAT, "by the way", "", None, 0),
    ]
    assert await store.undelivered() == made
    assert await store.images(question.images) == {shot.ref.sha256: shot for shot in shots}
    assert await store.pending() == []


async def test_a_row_that_is_done_stops_the_whole_outcome(store: ConversationStore) -> None:
    done = await accept(store, message("1"))
    await store.commit(Outcome(CHAT, (done,)))
    fresh = await accept(store, message("2"))
    for ids in ((fresh, done), (done,), (fresh, 999)):
        with pytest.raises(StoreError):
            await store.commit(Outcome(CHAT, ids, (NewOutgoing("x"),), question=NewTurn("customer", "q"), reset=True))
    assert await texts(store) == []
    assert await store.undelivered() == []
    assert [pending.id for pending in await store.pending()] == [fresh]


async def test_a_failure_in_the_middle_leaves_nothing(store: ConversationStore) -> None:
    await converse(store, "0")
    row = await accept(store, message("1"))
    shot = picture()
    nobody = NewTurn("nobody", "no such speaker")  # type: ignore[arg-type]
    question = NewTurn("customer", "q", (shot.ref,), ("1",), language="zh")
    with pytest.raises(StoreError):
        await store.commit(
            Outcome(
                CHAT,
                (row,),
                (),
                question=question,
                answer=nobody,
                images=(shot,),
                record=record(),
                supersedes=1,
                reset=True,
            )
        )
    assert await texts(store) == ["What is this?", "A form."]
    assert await store.images([shot.ref]) == {}
    assert await store.find_turn(CHAT, "1") is None
    assert await store.language(CHAT) == "en"
    assert [pending.id for pending in await store.pending()] == [row]
    await store.commit(Outcome(CHAT, (row,), (), question=question, answer=NewTurn("bot", "a"), images=(shot,)))
    assert await texts(store) == ["What is this?", "A form.", "q", "a"]


async def test_pictures_are_stored_once_and_only_if_a_turn_shows_them(store: ConversationStore) -> None:
    shot, unseen = picture(1), picture(2)
    await converse(store, "1", images=(shot,))
    again = Image(ImageRef(shot.ref.sha256, 640, 481), "image/png", shot.data)
    await converse(store, "2", images=(again,))
    later = await accept(store, message("3"))
    gone = ImageRef("0" * 64, 1, 1)
    await store.commit(
        Outcome(CHAT, (later,), question=NewTurn("customer", "and?", (shot.ref, gone)), images=(unseen,))
    )
    assert (await store.history(CHAT))[-1].images == (shot.ref,)
    assert list(await store.images([shot.ref, unseen.ref, gone])) == [shot.ref.sha256]
    assert await store.images([]) == {}


async def test_a_reset_begins_a_new_conversation(store: ConversationStore) -> None:
    shot = picture()
    await converse(store, "1", "old", images=(shot,))
    row = await accept(store, message("2", kind=Kind.COMMAND, command="new"))
    await store.commit(Outcome(CHAT, (row,), (NewOutgoing("New."),), reset=True))
    assert await texts(store) == []
    assert await shown(store) == ["New."]
    await converse(store, "3", "new")
    assert await texts(store) == ["new", "A form."]
    assert await shown(store) == ["New.", "new", "A form. 0"]
    old = await store.find_turn(CHAT, "1")
    assert old is not None
    assert (old.text, old.images) == ("old", (shot.ref,))
    assert list(await store.images(old.images)) == [shot.ref.sha256]


async def test_superseded_turns_leave_history_and_transcript(store: ConversationStore) -> None:
    await converse(store, "1", "first")
    await converse(store, "2", "second", "wrong")
    row = await accept(store, message("n"))
    await store.commit(Outcome(CHAT, (row,), (NewOutgoing("notice"),)))
    await converse(store, "other", chat=OTHER)
    edited = await store.find_turn(CHAT, "2")
    assert edited is not None
    await converse(store, "2b", "second, edited", "right", supersedes=edited.id)
    assert await texts(store) == ["first", "A form.", "second, edited", "right"]
    assert await shown(store) == ["first", "A form. 0", "second, edited", "right 0"]
    assert await texts(store, OTHER) == ["What is this?", "A form."]


async def test_an_edit_of_an_earlier_conversation_leaves_the_present_one(store: ConversationStore) -> None:
    await converse(store, "1", "old")
    old = await store.find_turn(CHAT, "1")
    assert old is not None
    await converse(store, "2", "new", reset=True)
    await converse(store, "3", "old, edited", supersedes=old.id)
    assert await texts(store) == ["new", "A form.", "old, edited", "A form."]
    await converse(store, "4", "gone", supersedes=12345)
    assert len(await texts(store)) == 6


# --- turns


async def test_turns_are_found_by_questions_and_answers_messages(store: ConversationStore) -> None:
    rows = await converse(store, "1", parts=2)
    await deliver(store, rows, "a1")
    question, answer = await store.history(CHAT)
    assert await store.find_turn(CHAT, "1") == question
    assert await store.find_turn(CHAT, "a1") == answer
    assert await store.find_turn(CHAT, "a1-1") == answer
    assert await store.find_turn(CHAT, "a2") is None
    assert await store.find_turn(CHAT, "") is None
    assert await store.find_turn(OTHER, "1") is None
    notice = await store.commit(Outcome(CHAT, (), (NewOutgoing("notice"),)))
    await deliver(store, notice, "n1")
    assert await store.find_turn(CHAT, "n1") is None
    await converse(store, "1b", "edited", supersedes=question.id)


async def test_the_newest_turn_of_an_edited_message_is_found(store: ConversationStore) -> None:
    await converse(store, "1", "before")
    (old, _) = await store.history(CHAT)
    question = NewTurn("customer", "after", message_ids=("1",))
    await store.commit(Outcome(CHAT, (), question=question, answer=NewTurn("bot", "a"), supersedes=old.id))
    found = await store.find_turn(CHAT, "1")
    assert found is not None
    assert found.text == "after"


async def test_amend_corrects_a_question(store: ConversationStore) -> None:
    await deliver(store, await converse(store, "1"), "a1")
    assert await store.amend(CHAT, "1", "corrected")
    assert await texts(store) == ["corrected", "A form."]
    assert not await store.amend(CHAT, "a1", "an answer is not for customers to correct")
    assert not await store.amend(CHAT, "9", "x")
    assert not await store.amend(OTHER, "1", "x")
    assert await texts(store) == ["corrected", "A form."]


async def test_retract_forgets_question_answer_and_pictures(store: ConversationStore) -> None:
    own, shared = picture(1), picture(2)
    await converse(store, "1", "keep", images=(shared,))
    rows = await converse(store, "2", "forget", images=(own, shared), parts=2)
    await deliver(store, rows[:1], "a2")
    await store.rate(CHAT, "a2", "telegram:7", 1)
    await converse(store, "3", "keep, too")
    assert await store.retract(CHAT, "2")
    assert await texts(store) == ["keep", "A form.", "keep, too", "A form."]
    assert await shown(store) == ["keep", "A form. 0", "keep, too", "A form. 0"]
    assert list(await store.images([own.ref, shared.ref])) == [shared.ref.sha256]
    assert await store.find_turn(CHAT, "2") is None
    assert await store.find_turn(CHAT, "a2") is None
    assert rows[1].id not in [item.id for item in await store.undelivered()]
    assert [(s.questions, s.answers, s.thumbs_up) for s in await store.stats(0)] == [(2, 2, 0)]
    assert not await store.retract(CHAT, "2")
    assert not await store.retract(OTHER, "1")
    assert await store.retract(CHAT, "1")
    assert await store.images([shared.ref]) == {}


async def test_retract_takes_earlier_versions_of_the_question_along(store: ConversationStore) -> None:
    shot = picture()
    await converse(store, "1", "my password is 123", images=(shot,))
    (old, _) = await store.history(CHAT)
    question = NewTurn("customer", "never mind", message_ids=("1",))
    await store.commit(Outcome(CHAT, (), question=question, answer=NewTurn("bot", "a"), supersedes=old.id))
    assert await store.retract(CHAT, "1")
    assert await texts(store) == []
    assert await store.find_turn(CHAT, "1") is None
    assert await store.images([shot.ref]) == {}
    assert [(s.questions, s.answers) for s in await store.stats(0)] == []


async def test_retract_takes_what_was_asked_together_with_it_along(store: ConversationStore) -> None:
    row = await accept(store, message("1"))
    question = NewTurn("customer", "look at this\nwhat is it?", message_ids=("1", "2"))
    await store.commit(Outcome(CHAT, (row,), question=question, answer=NewTurn("bot", "A form.")))
    assert await store.retract(CHAT, "1")
    assert await texts(store) == []


async def test_retract_spares_the_next_questions_answer(store: ConversationStore) -> None:
    row = await accept(store, message("1"))
    await store.commit(Outcome(CHAT, (row,), question=NewTurn("customer", "unanswered", message_ids=("1",))))
    await converse(store, "2", "answered")
    assert await store.retract(CHAT, "1")
    assert await texts(store) == ["answered", "A form."]


async def test_deliveries_of_retracted_answers_are_ignored(store: ConversationStore) -> None:
    (row,) = await converse(store, "1")
    await store.retract(CHAT, "1")
    await store.sending(row.id)
    await store.unsent(row.id, "x")
    await store.failed(row.id, "x")
    assert await store.ambiguous(row.id, "x", ["perhaps"]) == []
    await store.sent(row.id, "a1")
    assert await store.backlog() == Backlog()
    assert await store.transcript(CHAT) == []


async def test_knows_whether_it_answered_or_is_going_to(store: ConversationStore) -> None:
    assert not await store.knows(CHAT)
    row = await accept(store, message("1"))
    assert await store.knows(CHAT)
    await store.commit(Outcome(CHAT, (row,), question=NewTurn("customer", "q")))
    assert not await store.knows(CHAT)
    await converse(store, "2")
    assert await store.knows(CHAT)
    await store.retract(CHAT, "2")
    await store.commit(Outcome(CHAT, (), reset=True))
    assert await store.knows(CHAT)
    assert not await store.knows(OTHER)
    await store.commit(Outcome(OTHER, (), (NewOutgoing("I cannot look at that kind of file."),)))
    assert await store.knows(OTHER)


async def test_language_is_that_of_the_newest_question(store: ConversationStore) -> None:
    assert await store.language(CHAT) == ""
    for language in ("zh", "en", "zh"):
        question = NewTurn("customer", "q", language=language)
        await store.commit(Outcome(CHAT, (), question=question, answer=NewTurn("bot", "a", language="en")))
        assert await store.language(CHAT) == language
    await store.commit(Outcome(CHAT, (), reset=True))
    assert await store.language(CHAT) == "zh"
    assert await store.language(OTHER) == ""


async def test_somebodys_language_is_that_of_their_newest_question_anywhere(store: ConversationStore) -> None:
    assert await store.language_of("list:ada") == ""
    said: list[tuple[ChatKey, str, Language]] = [
        (CHAT, "list:ada", "en"),
        (OTHER, "list:ada", "zh"),
        (CHAT, "list:bo", "en"),
    ]
    for chat, sender, language in said:
        question = NewTurn("customer", "q", sender=sender, language=language)
        await store.commit(Outcome(chat, (), question=question, answer=NewTurn("bot", "a", language="en")))
    await store.commit(Outcome(CHAT, (), answer=NewTurn("agent", "hello", sender="list:cy", language="zh")))
    assert [await store.language_of(f"list:{name}") for name in ("ada", "bo", "cy")] == ["zh", "en", ""]
    assert await store.language_of("") == ""


async def test_the_newest_of_a_places_chats(store: ConversationStore) -> None:
    place = ChatKey("slack", "T1", "D1")
    threads = [replace(place, thread=thread) for thread in ("1.1", "1.2", "")]
    assert await store.newest(place) is None
    for chat in (*threads, threads[0], replace(place, chat="D2", thread="2.1")):
        await store.commit(Outcome(chat, (), question=NewTurn("customer", "q")))
        assert await store.newest(chat) == chat
    assert await store.newest(place) == threads[0]
    await store.erase(threads[0])
    assert await store.newest(place) == place


async def test_the_newest_of_a_places_chats_in_which_only_the_bot_has_spoken(store: ConversationStore) -> None:
    place = ChatKey("slack", "T1", "D1")
    for thread in ("1.1", "1.2"):
        await store.commit(Outcome(replace(place, thread=thread), (), (NewOutgoing("Hello"),)))
    await accept(store, message("3"))
    assert await store.newest(place) == replace(place, thread="1.2")
    await store.commit(Outcome(place, (), question=NewTurn("customer", "q")))
    assert await store.newest(place) == place


async def test_a_probe_changes_nothing(store: ConversationStore) -> None:
    await converse(store, "1")
    before = (await store.transcript(CHAT), await store.backlog())
    await store.probe()
    assert (await store.transcript(CHAT), await store.backlog()) == before
