"""What agents write in rooms: what goes to the customer, and what never does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cases import CaseState, Cause, Move, Staff
from bot.errors import CaseMovedError
from bot.messages import Attachment, ChatKey, Inbound, Kind
from bot.outcome import Outcome
from bot.people import Decision
from bot.verbs.table import VERBS
from tests.test_core.conftest import picture
from tests.test_core.office import CHAT, CUSTOMER, MIA, TOM, Office

STRANGER = Staff("threads:T/EVE", "Eve")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(tmp_path / "looksee.db")
    await made.start()
    await made.wait()
    yield made
    await made.stop()


async def told(office: Office) -> str:
    """What the writer was told; lines of the log come in their own time."""
    return [text for text in await office.sees() if text.startswith(("Not sent", "Nothing is sent"))][-1]


async def test_a_plain_message_goes_to_the_customer_once(office: Office) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    message = office.message(room, "Please restart.\nThen try again.")
    await office.write(room, message)
    await office.settled()
    assert office.list.see(CHAT) == ["Mia: Please restart.  \nThen try again."]
    (turn,) = await office.store.history(CHAT)
    assert (turn.speaker, turn.author, turn.text) == ("agent", "Mia", "Please restart.\nThen try again.")
    assert await office.store.pending() == []
    assert (await office.sees())[1:] == ["🙋 Mia has taken the case."]


async def test_pictures_go_along(office: Office) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    file = Attachment(name="a.png", data=picture("blue"))
    quoted = Attachment(name="theirs.png", data=picture("red"))
    await office.write(room, office.message(room, "Like this", attachments=(file,), quoted=(quoted,)))
    await office.write(room, office.message(room, "", attachments=(file,)))
    await office.settled()
    first, second = await office.store.history(CHAT)
    assert [len(turn.images) for turn in (first, second)] == [1, 1]
    (shown,) = {ref.sha256[:4] for turn in (first, second) for ref in turn.images}
    assert office.list.see(CHAT) == ["Mia: Like this", f"picture {shown}", "Mia: ", f"picture {shown}"]


async def test_an_unusable_picture_holds_the_message_back(office: Office) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    bad = Attachment(name="plan.pdf", data=b"%PDF-1.7 ...")
    message = office.message(room, "See the plan", attachments=(bad,))
    await office.write(room, message)
    said = await told(office)
    assert said.startswith(
        "Not sent: “plan.pdf”. The customer can get text and pictures (PNG, JPEG, WebP or GIF) only."
    )
    assert said.endswith(f"(to {message.message_id})")
    assert office.list.see(CHAT) == []


async def test_what_was_written_behind_a_command_is_not_passed_on(office: Office) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    file = Attachment(name="a.png", data=picture("blue"))
    await office.write(room, office.message(room, "look at this", attachments=(file,), command="human"))
    assert (await told(office)).startswith("Not sent: this looks like a command")
    assert office.list.see(CHAT) == []


@pytest.mark.parametrize(
    ("agent", "state", "says"),
    [
        (STRANGER, CaseState.HUMAN, "Not sent: you are not on the list of agents. (You are `threads:T/EVE`.)"),
        (MIA, CaseState.WAITING, "Not sent: nobody has this case yet. Take it with `/take`"),
        (MIA, CaseState.BOT, "Not sent: nobody has this case yet."),
        (TOM, CaseState.HUMAN, "Not sent: Mia has had this case since "),
        (
            MIA,
            CaseState.CLOSED,
            "Not sent: this case is closed. To write to the customer, open it again with `/reopen`",
        ),
    ],
)
async def test_who_may_not_write_is_told_what_to_type(
    office: Office, agent: Staff, state: CaseState, says: str
) -> None:
    room = await office.room()
    if state is not CaseState.WAITING:
        await office.move(CaseState.HUMAN)
    if state in (CaseState.BOT, CaseState.CLOSED):
        await office.move(state)
    await office.write(room, office.message(room, "Hello!", agent))
    assert (await told(office)).startswith(says)
    assert office.list.see(CHAT) == []
    assert await office.store.pending() == []


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ({"mentions_others": True}, "it mentions somebody"),
        ({"mentions_bot": True}, "it mentions me. To ask me about the case, for agents alone, write `/ask …`"),
        ({"forwarded": True}, "it is forwarded or shared from elsewhere."),
        ({"reply_to": "unheard-of"}, "it replies to something that is not the customer's"),
    ],
)
async def test_what_may_not_be_for_the_customer_is_not_sent(office: Office, message: dict[str, Any], says: str) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    await office.write(room, office.message(room, "Hello!", **message))
    assert (await told(office)).startswith(f"Not sent: {says}")
    sent = office.message(room, "Hello!")
    await office.write(room, sent)
    await office.settled()
    await office.write(room, edit(office, sent, "Hullo!", **message))
    assert (await told(office)).startswith(f"Not sent: {says}")
    assert office.list.see(CHAT) == ["Mia: Hello!"]


async def test_a_reply_to_the_customer_or_to_oneself_is_for_the_customer(office: Office) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    await office.ask("Where?")
    await office.settled()
    own = office.message(room, "Look there")
    await office.write(room, own)
    await office.write(room, office.message(room, "1", reply_to=office.named(room, "Where?")))
    await office.write(room, office.message(room, "2", reply_to=own.message_id, replied=MIA.key))
    await office.write(room, office.message(room, "3", reply_to=own.message_id, replied=TOM.key))
    await office.settled()
    assert office.list.see(CHAT) == ["Mia: Look there", "Mia: 1", "Mia: 2"]


async def test_it_is_said_to_the_writer_alone_where_that_can_be(office: Office) -> None:
    room = await office.room()
    await office.write(room, office.message(room, "Hello!", answer_to="https://only.mia"))
    assert (await told(office)).endswith("(private)")


async def test_a_banned_customer_and_a_conversation_that_moved_on(office: Office) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    await office.commit(Outcome(CHAT, (), decisions=(Decision(CUSTOMER.key, banned=True),)))
    await office.write(room, office.message(room, "Hello!"))
    assert "An admin can undo that with `/unban list:ann`" in await told(office)
    case = await office.case()
    ended = Move(CaseState.CLOSED, CUSTOMER, case.id, case.state, case.agent)
    await office.commit(Outcome(CHAT, (), decisions=(Decision(CUSTOMER.key, banned=False),), reset=True, move=ended))
    await office.settled()
    await office.write(room, office.message(room, "Hello!"))
    assert office.channel.rendered[-1].text.startswith("Not sent: the customer has begun a new conversation since.")
    assert office.list.see(CHAT) == []


async def test_a_customer_whose_platform_is_gone(office: Office) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    del office.screens["list"]
    await office.write(room, office.message(room, "Hello!"))
    assert (await told(office)).startswith("Not sent: list is not connected, where the customer is.")


async def test_an_edit_changes_what_the_customer_got(office: Office) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    message = office.message(room, "Restrat it")
    await office.write(room, message)
    await office.write(room, edit(office, message, "Restart it"))
    await office.settled()
    assert office.list.see(CHAT) == ["Mia: Restart it"]
    assert [turn.text for turn in await office.store.history(CHAT)] == ["Restart it"]


async def test_an_edit_before_the_message_was_sent(office: Office) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    office.list.room.clear()
    message = office.message(room, "Restrat it")
    await office.write(room, message)
    await office.write(room, edit(office, message, "Restart it"))
    office.list.room.set()
    await office.settled()
    assert office.list.see(CHAT) == ["Mia: Restart it"]


async def test_an_edit_into_a_note_is_not_sent(office: Office) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    message = office.message(room, "Restart it")
    await office.write(room, message)
    await office.write(room, edit(office, message, "!note he is rude"))
    said = await told(office)
    assert said.startswith("Not sent: this looks like a note.")
    assert "The customer still sees your message as it was. To take it back, delete it." in said
    assert office.list.see(CHAT) == ["Mia: Restart it"]


async def test_an_edit_of_what_was_not_sent_is_not_sent_either(office: Office) -> None:
    room = await office.room()
    message = office.message(room, "Hello!")
    await office.write(room, message)
    await office.move(CaseState.HUMAN)
    await office.write(room, edit(office, message, "Hello there!"))
    assert "Please write it anew." in await told(office)
    assert office.list.see(CHAT) == []


async def test_a_deletion_takes_it_back_whoever_has_the_case_by_now(office: Office) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    message = office.message(room, "Wrong customer!")
    await office.write(room, message)
    await office.settled()
    await office.move(CaseState.CLOSED)
    await office.write(room, office.message(room, "", kind=Kind.DELETE, message_id=message.message_id))
    await office.settled()
    assert office.list.see(CHAT) == []
    assert await office.store.history(CHAT) == []


async def test_a_deletion_of_what_is_still_on_its_way(office: Office) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    office.list.room.clear()
    message = office.message(room, "Wrong customer!")
    await office.write(room, message)
    await office.write(room, office.message(room, "", kind=Kind.DELETE, message_id=message.message_id))
    office.list.room.set()
    await office.settled()
    assert office.list.see(CHAT) == []
    assert all("Wrong" not in text for text in office.list.texts(CHAT))


async def test_several_messages_at_once_are_judged_one_by_one(office: Office) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    texts = ["One", "！note two", "Three"]
    messages = [office.message(room, text) for text in texts]
    await office.write(room, *messages)
    await office.settled()
    assert office.list.see(CHAT) == ["Mia: One", "Mia: Three"]
    await office.write(room, edit(office, messages[2], "Four"))
    await office.settled()
    assert office.list.see(CHAT) == ["Mia: One", "Mia: Four"]


async def test_a_case_that_is_released_meanwhile(office: Office) -> None:
    seen = await office.move(CaseState.HUMAN)
    room = await office.room()
    message = office.message(room, "Hello!")
    move = Move(CaseState.BOT, MIA, seen.id, CaseState.HUMAN, MIA.key, Staff(""), Cause.AGENT)
    release = asyncio.Event()
    commit = office.store.commit

    async def late(outcome: Outcome) -> object:
        if outcome.elsewhere and not release.is_set():
            release.set()
            await commit(Outcome(CHAT, (), move=move))
        return await commit(outcome)

    office.store.commit = late  # type: ignore[method-assign,assignment]
    with pytest.raises(CaseMovedError):
        await office.write(room, message)
    assert office.list.see(CHAT) == []
    (waiting,) = await office.store.pending()  # to be looked at anew
    assert waiting.inbound.message_id == message.message_id


async def test_an_edit_with_another_picture_changes_what_the_customer_sees(office: Office) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    message = office.message(room, "Like this", attachments=(shot("blue"),))
    await office.write(room, message)
    before = await shown(office)
    await office.write(room, edit(office, message, "Like this", shot("blue")))  # Slack unfolds a link, for instance
    await office.settled()
    assert len(office.list.sent) == 2
    await office.write(room, edit(office, message, "Like this", shot("green")))
    after = await shown(office)
    assert after != before
    assert office.list.see(CHAT) == ["Mia: Like this", *after]
    await office.write(room, edit(office, message, "Like that"))  # pictures that are not reported stay
    assert await shown(office) == after
    assert office.list.see(CHAT) == ["Mia: Like that", *after]
    assert [text for text in await office.sees() if "changed the pictures" in text] == []  # it was done there
    broken = Attachment(name="a.png", data=b"\x89PNG\r\n\x1a\n broken")
    await office.write(room, edit(office, message, "Like that", broken))
    assert "still sees your message as it was" in await told(office)
    assert office.list.see(CHAT) == ["Mia: Like that", *after]


async def test_of_an_album_the_picture_that_was_edited_is_exchanged(office: Office) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    album = [
        office.message(room, text, attachments=(shot(colour),), group_id="album")
        for text, colour in (("Both", "blue"), ("", "red"))
    ]
    await office.write(room, *album)
    blue, red = await shown(office)
    await office.write(room, edit(office, album[1], "", shot("green")))
    first, green = await shown(office)
    assert first == blue
    assert green not in (blue, red)
    assert office.list.see(CHAT) == ["Mia: Both", blue, green]


async def test_nobody_else_exchanges_pictures(office: Office) -> None:
    await office.move(CaseState.HUMAN)
    room = await office.room()
    message = office.message(room, "Like this", attachments=(shot("blue"),))
    await office.write(room, message)
    before = await shown(office)
    await office.move(CaseState.WAITING)
    await office.write(room, edit(office, message, "Like this", shot("green")))
    assert "still sees your message as it was" in await told(office)
    assert await shown(office) == before


def edit(office: Office, message: Inbound, text: str, *pictures: Attachment, **more: Any) -> Inbound:
    more |= {"kind": Kind.EDIT, "message_id": message.message_id, "attachments": pictures}
    return office.message(message.chat, text, **more)


def shot(colour: str) -> Attachment:
    return Attachment(name=f"{colour}.png", data=picture(colour))


async def shown(office: Office) -> list[str]:
    """The pictures of the newest message to the customer, as their screen has them."""
    await office.settled()
    return [f"picture {ref.sha256[:4]}" for ref in (await office.store.history(CHAT))[-1].images]


# --- whatever agents write -------------------------------------------------------------------------------------------

NAMES = [verb.name for verb in VERBS]
PLAIN_WORDS = [
    "hello",
    "please",
    "restart",
    "the",
    "app",
    "问题",
    "已解决",
    "100%",
    "C3PO",
    "yes,",
    "ok.",
    "step",
    "(1)",
]
BEFORE = st.sampled_from(["", " ", "\t", "\u200b", "\u00a0", "\u2060 ", "> ", "- ", "* ", "`", "«", "👍 ", "… "])
SIGN = st.sampled_from(["!", "/", "！", "／", "﹗", "⁄", "\\", "¡", "!!", "! ", "／ ", "!\u200b"])
WORD = st.sampled_from([*NAMES, *(name.upper() for name in NAMES), "nots", "taek", "", "x", "备注"])
NOTE = st.sampled_from(
    ["note", "Note:", "NOTE -", "notes", "ｎｏｔｅ", "no\u200bte", "备注：", "internal:", "内部备注 "]
)
plain = st.lists(st.sampled_from(PLAIN_WORDS), min_size=1, max_size=6).map(" ".join)
command = st.tuples(BEFORE, SIGN, WORD).map(lambda parts: "".join(parts) + " SECRET")
note = st.tuples(BEFORE.filter(str.isspace), NOTE).map(lambda parts: "".join(parts) + " SECRET")
forgotten = st.sampled_from(NAMES).map(lambda name: f"{name}: SECRET")
colleague = st.sampled_from(["@tom SECRET", "SECRET, ＠Tom?", "<@U1> SECRET", "ask @tom about SECRET"])
single = st.one_of(command, note, forgotten, colleague)
LINE = st.sampled_from(["\n", "\r\n", "\n\n", "\u2028", "\x0b", "\x85"])
hidden = st.one_of(single, st.tuples(plain, LINE, st.one_of(command, note)).map("".join))
written = st.tuples(st.booleans(), st.one_of(plain, hidden), st.booleans())
"""An edit of the message before or a new message; its text; whether it comes at once with the one before."""


def test_no_note_and_no_command_ever_reaches_a_customer(tmp_path: Path) -> None:
    office = Office(tmp_path / "looksee.db")

    async def begin() -> ChatKey:
        await office.start()
        await office.wait()
        await office.move(CaseState.HUMAN)
        return await office.room()

    with asyncio.Runner() as runner:
        room = runner.run(begin())

        @settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
        @given(st.lists(written, min_size=1, max_size=6))
        def every_plain_message_once(acts: list[tuple[bool, str, bool]]) -> None:
            runner.run(_every_plain_message_once(office, room, acts))

        try:
            every_plain_message_once()
        finally:
            runner.run(office.stop())


async def _every_plain_message_once(office: Office, room: ChatKey, acts: list[tuple[bool, str, bool]]) -> None:
    before = len(office.list.see(CHAT))
    expected: dict[str, str] = {}
    batch: list[Inbound] = []
    last: Inbound | None = None
    for edits, text, at_once in acts:
        if not at_once:
            await office.write(room, *batch)
            batch = []
        if edits and last is not None:
            # What is changed before it was dealt with is what it was changed into; later, only what was sent changes.
            dealt_with = last not in batch
            batch.append(edit(office, last, text))
            if not dealt_with:
                expected.pop(last.message_id, None)
            elif last.message_id not in expected:
                continue
        else:
            last = office.message(room, text)
            batch.append(last)
        if "SECRET" not in text:
            expected[last.message_id] = text
    await office.write(room, *batch)
    await office.settled()
    assert not any("SECRET" in text for text in office.list.texts(CHAT))
    assert office.list.see(CHAT)[before:] == [f"Mia: {text}" for text in expected.values()]
    assert await office.store.pending() == []
