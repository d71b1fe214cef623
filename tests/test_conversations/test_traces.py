"""What was deleted is in no file any more: the database, its log, its index, whatever else lies in the folder."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cases import CaseState, Copy, LogKind, Mirroring, NewEntry, Staff, room_message
from bot.messages import Attachment, ChatKey, NewOutgoing, NewTurn, Sender
from bot.outcome import Outcome
from conversations import gaps, schema
from conversations.sqlite import SqliteStore
from tests.contracts.desk import ROOM, hand_over, moved, open_room, said, show, sum_up, the_case, the_room
from tests.contracts.stores import CHAT, OTHER, Clock, accept, converse, deliver, message, picture, record, texts
from tests.contracts.traces import traces

ASKED, SAID, NAME, FILE = "canary-question-ж", "canary-answer-答", "canary-name-Ünal", "canary file 1.png"
MESSAGE, DESCRIBED = "canary-message-id", "canary-description"
WORDS = (ASKED, SAID, NAME, FILE, MESSAGE, DESCRIBED)
PICTURES = (picture(11, 90_000), picture(12, 3_000), picture(13, 300))
BYTES = tuple(shot.data for shot in PICTURES)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[SqliteStore]:
    made = SqliteStore(tmp_path / "looksee.db", clock=clock)
    await made.open()
    yield made
    await made.close()


async def leave_words(store: SqliteStore) -> None:
    """Put into one chat everything that can be told from others' words."""
    sender = Sender("telegram:7", NAME, "en")
    files = (Attachment("f", FILE, data=BYTES[0]),)
    await deliver(store, await converse(store, "before", chat=OTHER), "b")
    row = await accept(store, replace(message(MESSAGE, ASKED, attachments=files), sender=sender))
    made = await store.commit(
        Outcome(
            CHAT,
            (row,),
            (NewOutgoing(SAID, answer=True), NewOutgoing(f"{FILE} is large")),
            question=NewTurn("customer", ASKED, tuple(shot.ref for shot in PICTURES), (MESSAGE,), sender.key),
            answer=NewTurn("bot", SAID),
            images=PICTURES,
            record=record(),
        )
    )
    await deliver(store, made, f"{MESSAGE}-sent")
    await store.rate(CHAT, f"{MESSAGE}-sent", sender.key, 1)
    (first, *_) = (await store.context(CHAT)).pictures
    await store.describe(CHAT, first, DESCRIBED)
    await deliver(store, await converse(store, "after", chat=OTHER), "c")


NOTE, REPLY, AGENT, REASON, SUMMARY = "canary-note", "canary-reply", "canary-agent", "canary-reason", "canary-summary"
CARD, COPY, BRANCH = "canary-card", "canary-copy", "canary-branch"
DESK = (NOTE, REPLY, AGENT, REASON, SUMMARY, CARD, COPY, BRANCH)
SCREEN = picture(14, 5_000)


async def leave_case(store: SqliteStore) -> None:
    """Have the conversation handed over, noted on, answered by an agent, shown in a room and asked about there."""
    ben = Staff("slack:T1/UBEN", AGENT)
    customer = Staff("telegram:7", NAME)
    case = await hand_over(store, customer=customer, actor=customer)
    await store.rate(CHAT, f"{MESSAGE}-sent", customer.key, -1, REASON)
    room = await open_room(store, case)
    await moved(store, case, CaseState.HUMAN, ben)
    asked = (await store.history(CHAT))[0]
    step = Mirroring(room, room.seen, (Copy(NewOutgoing(CARD), 0),), card=True)
    await deliver(store, await store.mirror(step), "card")
    await deliver(store, await show(store, room, f"{COPY} {ASKED}", turn=asked.id), "copy")
    rows = await store.commit(said(REPLY, MESSAGE, agent=ben, log=(NewEntry(case.id, LogKind.NOTE, ben, NOTE),)))
    await deliver(store, rows, "reply")
    await sum_up(store, case.id, SUMMARY)
    question = NewTurn("customer", BRANCH, (SCREEN.ref,), (f"{MESSAGE}-asked",), ben.key)
    answer = (NewOutgoing(BRANCH, answer=True),)
    made = await store.commit(
        Outcome(ROOM, (), answer, question=question, answer=NewTurn("bot", BRANCH), images=(SCREEN,))
    )
    await deliver(store, made, "branch")
    await moved(store, await the_case(store), CaseState.CLOSED, ben)


async def by_erase(store: SqliteStore, _: Clock) -> None:
    await accept(store, message("waiting", ASKED, attachments=(Attachment("g", FILE, data=BYTES[1]),)))
    assert await store.erase(CHAT) == 1


async def by_erase_of_a_person(store: SqliteStore, _: Clock) -> None:
    assert await store.erase("telegram:7") == 2  # which the other chat is of, too


async def by_forget(store: SqliteStore, _: Clock) -> None:
    row = await accept(store, replace(message("forget"), sender=Sender("telegram:7", NAME)))
    await store.commit(Outcome(CHAT, (row,), (NewOutgoing("All gone."),), erases=CHAT))


async def by_expiry(store: SqliteStore, clock: Clock) -> None:
    while (await store.expire(clock.now + 1, clock.now + 1)).count:
        pass


async def by_retract(store: SqliteStore, clock: Clock) -> None:
    assert await store.retract(CHAT, MESSAGE)
    await by_expiry(store, clock)  # the notice, which is about a file


async def by_amend(store: SqliteStore, clock: Clock) -> None:
    assert await store.amend(CHAT, MESSAGE, "never mind")


async def by_erase_in_a_room(store: SqliteStore, _: Clock) -> None:
    row = await accept(store, message("erase", chat=ROOM))
    await store.commit(Outcome(ROOM, (row,), (NewOutgoing("All gone."),), erases=CHAT))


WAYS = [by_erase, by_erase_of_a_person, by_forget, by_expiry, by_retract]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_nothing_is_left_of_what_was_deleted(
    store: SqliteStore, clock: Clock, tmp_path: Path, way: Callable[[SqliteStore, Clock], Awaitable[None]]
) -> None:
    await leave_words(store)
    found = traces(tmp_path, WORDS, BYTES)
    assert all(any(repr(word) in line for line in found) for word in WORDS), "the test could not fail"
    assert all(any(f"picture {n}," in line for line in found) for n in range(3))
    await way(store, clock)
    assert await store.scrub()
    assert traces(tmp_path, WORDS, BYTES) == []
    await store.close()
    assert traces(tmp_path, WORDS, BYTES) == []


@pytest.mark.parametrize(
    "way", [by_erase, by_erase_of_a_person, by_forget, by_erase_in_a_room, by_expiry], ids=lambda way: way.__name__
)
async def test_nothing_is_left_of_a_case_and_its_rooms(
    store: SqliteStore, clock: Clock, tmp_path: Path, way: Callable[[SqliteStore, Clock], Awaitable[None]]
) -> None:
    await leave_words(store)
    await leave_case(store)
    found = traces(tmp_path, DESK, [SCREEN.data])
    assert all(any(repr(word) in line for line in found) for word in DESK), "the test could not fail"
    assert any("picture 0," in line for line in found)
    await way(store, clock)
    assert await store.scrub()
    assert traces(tmp_path, (*WORDS, *DESK), (*BYTES, SCREEN.data)) == []


async def test_nothing_is_left_in_rooms_of_what_was_taken_back(store: SqliteStore, tmp_path: Path) -> None:
    await leave_words(store)
    await leave_case(store)
    assert await store.retract(CHAT, MESSAGE)
    assert await store.retract(CHAT, room_message(ROOM, MESSAGE))
    assert await store.scrub()
    assert traces(tmp_path, (ASKED, SAID, COPY, CARD, SUMMARY, REASON, REPLY), BYTES) == []


async def test_nothing_is_left_of_a_copy_on_its_way_once_it_is_removed(store: SqliteStore, tmp_path: Path) -> None:
    await leave_words(store)
    case = await hand_over(store)
    room = await open_room(store, case)
    turn = (await store.history(CHAT))[0].id
    (copy,) = await show(store, room, COPY, turn=turn)
    await store.sending(copy.id)
    assert await store.retract(CHAT, MESSAGE)
    await store.sent(copy.id, "c1")
    removals = await show(store, await the_room(store, room.id), "gone", turn=turn, replaces=copy.id, removes=True)
    await deliver(store, removals, "c1")
    assert await store.scrub()
    assert traces(tmp_path, (ASKED, COPY)) == []


async def test_nothing_is_left_in_rooms_of_what_was_amended(store: SqliteStore, tmp_path: Path) -> None:
    await leave_words(store)
    await leave_case(store)
    assert await store.amend(CHAT, MESSAGE, "never mind")
    assert await store.amend(CHAT, room_message(ROOM, MESSAGE), "never mind")
    (part,) = await store.parts((await store.history(CHAT))[-1].id)
    (change,) = await store.commit(Outcome(CHAT, (), (NewOutgoing("never mind", replaces=part),)))
    await deliver(store, [change], "reply")
    assert await store.scrub()
    assert traces(tmp_path, (ASKED, COPY, CARD, SUMMARY, REPLY)) == []


async def test_nothing_is_left_of_an_agent_who_is_erased(store: SqliteStore, tmp_path: Path) -> None:
    await leave_words(store)
    await leave_case(store)
    assert await store.erase("slack:T1/UBEN") == 1  # the room, where they asked something
    assert await store.scrub()
    assert traces(tmp_path, ("slack:T1/UBEN", BRANCH), [SCREEN.data]) == []
    assert (await store.history(CHAT))[-1].text == REPLY  # what they said to a customer is the customer's
    assert len(traces(tmp_path, [COPY])) > 0


async def test_nothing_is_left_of_what_was_amended(store: SqliteStore, tmp_path: Path, clock: Clock) -> None:
    await leave_words(store)
    await by_amend(store, clock)
    assert await store.scrub()
    assert traces(tmp_path, [ASKED]) == []
    assert (await texts(store))[0] == "never mind"


async def test_a_log_that_somebody_reads_is_emptied_later(store: SqliteStore, tmp_path: Path) -> None:
    await leave_words(store)
    with closing(sqlite3.connect(tmp_path / "looksee.db", isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM turns").fetchone()
        await store.erase(CHAT)
        assert not await store.scrub()
        await converse(store, "1", chat=OTHER)  # others' messages go on
        assert traces(tmp_path, [ASKED]) != []
        other.execute("COMMIT")
        assert await store.scrub()
        assert traces(tmp_path, WORDS, BYTES) == []


async def test_an_old_database_is_rid_of_what_its_inbox_told(tmp_path: Path) -> None:
    path = tmp_path / "looksee.db"
    await asyncio.to_thread(write_old_inbox, path)
    store = SqliteStore(path)
    await store.open()
    assert await store.accept(message(MESSAGE)) is None
    assert await store.scrub()
    assert traces(tmp_path, [MESSAGE]) == []
    await store.close()


def write_old_inbox(path: Path) -> None:
    """A database of the second version, in which one event was dealt with."""
    with closing(sqlite3.connect(path, isolation_level=None)) as plain:
        schema.migrate(plain, schema.packaged()[:2])
        plain.execute("INSERT INTO chats (platform, account, chat, thread) VALUES ('telegram', 'bot', '42', '')")
        plain.execute(
            "INSERT INTO inbox (platform, account, event_id, chat_id, kind, payload, at, done_at)"
            " VALUES ('telegram', 'bot', ?, 1, 'message', NULL, 5, 6)",
            (f"event-{MESSAGE}",),
        )


@pytest.mark.parametrize("seed", range(2))
async def test_nothing_is_left_after_a_busy_life(store: SqliteStore, clock: Clock, tmp_path: Path, seed: int) -> None:
    """Rows of every size come, grow and go, so that SQLite moves them about; many are erased on the way."""
    chance = random.Random(seed)
    alive: dict[ChatKey, list[str]] = {}
    gone: list[str] = []
    for number in range(260):
        chat = ChatKey("telegram", "bot", str(chance.randrange(12)))
        words = f"canary{seed}{number:05d}z"
        text = words + "x" * int(chance.paretovariate(0.7) * 20 % 5000)
        rows = await converse(store, f"{words}-id", text, f"{text} said", chat=chat, parts=chance.randrange(1, 3))
        await deliver(store, rows, f"{words}-sent")
        alive.setdefault(chat, []).append(words)
        if chance.random() < 0.1:
            doomed = chance.choice(list(alive))
            if chance.random() < 0.5:
                await store.erase(doomed)
                gone += alive.pop(doomed)
            else:
                word = alive[doomed].pop(chance.randrange(len(alive[doomed])))
                await store.retract(doomed, f"{word}-id")
                gone.append(word)
                if not alive[doomed]:
                    del alive[doomed]
    assert await store.scrub()
    content = await asyncio.to_thread(contents, tmp_path)
    assert [word for word in gone if word.encode() in content] == []
    assert all(word.encode() in content for words in alive.values() for word in words)
    # The database is as sound as before, in the eyes of a program that knows nothing of it.
    await store.close()
    with closing(sqlite3.connect(tmp_path / "looksee.db")) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_what_lies_between_cells_is_found_and_overwritten(store: SqliteStore, tmp_path: Path) -> None:
    for number in range(80):
        await converse(store, str(number), "words " * (number * 7 % 90))
    await store.scrub()
    path = tmp_path / "looksee.db"
    descriptor = await asyncio.to_thread(os.open, path, os.O_RDWR)
    file = gaps.PagedFile(descriptor)
    with closing(sqlite3.connect(path)) as plain:
        roots = [row[0] for row in plain.execute("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0")]
    assert list(file.stale(roots)) == []
    # Words are put where SQLite leaves them: before the first cell of a page of each kind.
    for root in roots[:6]:
        page = file._page(root, 4096, 4096)
        assert page is not None
        os.pwrite(descriptor, b"canary"[: page.end - page.start], (root - 1) * 4096 + page.start)
    found = list(file.stale(roots))
    assert len(found) == 6
    assert file.clear([*found, (1, 99_999), (77_777,)], roots) == 6
    assert list(file.stale(roots)) == []
    await converse(store, "later")
    assert (await texts(store))[-2:] == ["What is this?", "A form."]


def contents(folder: Path) -> bytes:
    """All files of a folder, one after the other."""
    return b"".join(file.read_bytes() for file in folder.iterdir())
