"""Topics of the agents' group: how they are opened and found gone, and what is said in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection

import pytest

from adapters.telegram.adapter import TelegramAdapter
from bot.cases import Case, CaseState, Cause
from bot.errors import RetryLaterError, SlotGoneError, ThreadGoneError, UndeliverableError
from bot.messages import Button, ChatKey, Image, ImageRef, Inbound, Kind, Reply
from tests.fakes.telegram_server import BOT_ID, BOT_NAME, TOKEN, Fault, TelegramServer
from tests.fakes.telegram_team import AGENTS, Team
from tests.test_telegram.conftest import RecordingIntake, keyboard, outgoing
from tests.test_telegram.test_media import FIRST, SECOND, stored

BO = 2002
CARD = Reply("**Case 12**: what is E-4127?", pictures=(FIRST.ref,), buttons=(Button("Take", "take", "#12"),))


class Rooms:
    """Which topics are rooms."""

    def __init__(self) -> None:
        self.threads: set[str] = set()

    async def case_in(self, chat: ChatKey) -> Case | None:
        if chat.thread not in self.threads:
            return None
        customer = ChatKey("telegram", str(BOT_ID), "1001")
        return Case(12, customer, CaseState.HUMAN, Cause.ASKED, "telegram:1001", "Ada", "en")


async def images(refs: Collection[ImageRef]) -> dict[str, Image]:
    return await stored(refs)


@pytest.fixture
def team(server: TelegramServer) -> Team:
    return Team(server)


@pytest.fixture
def rooms() -> Rooms:
    return Rooms()


@pytest.fixture
async def adapter(server: TelegramServer, team: Team, rooms: Rooms) -> AsyncIterator[TelegramAdapter]:
    made = TelegramAdapter(token=TOKEN, api_base=server.url, desk=AGENTS, case_in=rooms.case_in, images=images)
    yield made
    await made.close()


async def opened(adapter: TelegramAdapter, rooms: Rooms, title: str = "#12 Ada", card: Reply = CARD) -> int:
    opening = adapter.opening(title, card)
    thread = await adapter.send(outgoing(opening.payload, AGENTS))
    rooms.threads.add(thread)
    for payload in opening.card:
        await adapter.send(outgoing(payload, AGENTS, thread=thread))
    return int(thread)


async def say(adapter: TelegramAdapter, thread: int, reply: Reply, *, slot: str = "") -> str:
    (payload,) = adapter.render(reply)
    return await adapter.send(outgoing(payload, AGENTS, thread=str(thread), slot=slot))


# --- sending


async def test_a_room_is_a_topic_with_the_card_in_it(team: Team, adapter: TelegramAdapter, rooms: Rooms) -> None:
    assert adapter.desk == ChatKey("telegram", str(BOT_ID), str(AGENTS))
    card = Reply(CARD.text, pictures=(FIRST.ref, SECOND.ref), buttons=CARD.buttons)
    topic = await opened(adapter, rooms, card=card)
    assert team.topics == {topic: "#12 Ada"}
    first, *_ = team.messages(topic)
    # A text, be it as short as a caption: it is changed later on, whatever becomes of the pictures.
    assert (first["text"], keyboard(first)) == ("Case 12: what is E-4127?", [["Take"]])
    assert team.files(topic) == [FIRST.data, SECOND.data]
    changed = Reply("**Case 12**: taken by Bo", pictures=card.pictures, buttons=(Button("Release", "release", "#12"),))
    payload, *_ = adapter.opening("#12 Ada", changed).card
    await adapter.send(outgoing(payload, AGENTS, thread=str(topic), slot=str(first["message_id"])))
    first, *_ = team.messages(topic)
    assert (first["text"], keyboard(first)) == ("Case 12: taken by Bo", [["Release"]])


async def test_a_name_of_a_topic_is_cut(team: Team, adapter: TelegramAdapter, rooms: Rooms) -> None:
    first = await opened(adapter, rooms, "#12 " + "🙂 名字\n" * 60)
    second = await opened(adapter, rooms, " \n ")
    assert team.topics[first].startswith("#12 🙂 名字 🙂")
    assert len(team.topics[first].encode("utf-16-le")) // 2 <= 128
    assert team.topics[second] == "…"


async def test_a_topic_that_may_have_been_opened_is_tried_again(
    server: TelegramServer, adapter: TelegramAdapter
) -> None:
    payload = adapter.opening("#12 Ada", CARD).payload
    server.fail("createForumTopic", Fault(drop=True, after=True))
    with pytest.raises(RetryLaterError):
        await adapter.send(outgoing(payload, AGENTS))
    assert await adapter.find(outgoing(payload, AGENTS)) is None  # after a crash, too
    thread = await adapter.send(outgoing(payload, AGENTS))
    assert int(thread) == list(server.state.topics[AGENTS])[-1]


async def test_a_topic_that_was_deleted_is_told_from_a_group_that_is_gone(
    team: Team, adapter: TelegramAdapter, rooms: Rooms
) -> None:
    topic = await opened(adapter, rooms)
    sent = await say(adapter, topic, Reply("Ada: hello"))
    team.delete_topic(topic)
    with pytest.raises(ThreadGoneError):
        await say(adapter, topic, Reply("Ada: hello?"))
    with pytest.raises(SlotGoneError):
        await say(adapter, topic, Reply("Ada: hullo"), slot=sent)
    removal = outgoing(adapter.removal(), AGENTS, thread=str(topic), slot=sent, removes=True)
    assert await adapter.send(removal) == sent
    team.remove_bot()
    with pytest.raises(UndeliverableError, match="removed from the Telegram group") as caught:
        await say(adapter, topic, Reply("Ada: hello?"))
    assert not isinstance(caught.value, ThreadGoneError)


async def test_what_the_bot_may_not_do_is_said(
    server: TelegramServer, team: Team, adapter: TelegramAdapter, rooms: Rooms
) -> None:
    topic = await opened(adapter, rooms)
    team.close_topic(topic)
    await say(adapter, topic, Reply("An administrator may write all the same"))
    team.demote_bot()
    with pytest.raises(UndeliverableError, match="the topic is closed"):
        await say(adapter, topic, Reply("Hm"))
    payload = outgoing(adapter.opening("#13", CARD).payload, AGENTS)
    with pytest.raises(UndeliverableError, match="who may manage topics"):
        await adapter.send(payload)
    server.state.chats[AGENTS]["is_forum"] = False
    with pytest.raises(UndeliverableError, match="no topics: switch them on"):
        await adapter.send(payload)


# --- what only one person is to see


async def test_an_answer_that_only_one_person_sees(
    server: TelegramServer, team: Team, adapter: TelegramAdapter, rooms: Rooms, intake: RecordingIntake
) -> None:
    await adapter.start(intake)
    topic = await opened(adapter, rooms)
    bo, cy = team.agent(BO, topic), team.agent(3003, topic, name="Cy")
    asked = bo.say("/nonsense")
    await intake.until(lambda: intake.received)
    sure = Button("Erase", "erase", "yes", confirm="Erase it all?")
    reply = Reply("There is no such command", private_to=intake.received[0].answer_to, buttons=(sure,))
    sent = await say(
        adapter, topic, Reply(reply.text, private_to=reply.private_to, reply_to=str(asked), buttons=(sure,))
    )
    (message,) = bo.private()
    assert (message["text"], message["message_thread_id"]) == ("There is no such command", topic)
    assert cy.private() == []
    assert "There is no such command" not in team.texts(topic)
    assert not sent.isdigit()
    bo.press_private(message["ephemeral_message_id"], "Erase")
    await server.until(lambda: keyboard(bo.private()[0]) == [["Yes, Erase", "Cancel"]])
    bo.press_private(message["ephemeral_message_id"], "Yes, Erase")
    await intake.until(lambda: len(intake.received) == 2)
    assert (intake.received[1].command, intake.received[1].text, intake.received[1].reply_to) == ("erase", "yes", "")


@pytest.mark.parametrize("old_server", [False, True])
async def test_what_cannot_be_shown_to_one_person_goes_to_their_own_chat_and_nowhere_else(
    server: TelegramServer, team: Team, adapter: TelegramAdapter, rooms: Rooms, old_server: bool
) -> None:
    topic = await opened(adapter, rooms)
    before = team.texts(topic)
    if old_server:
        server.state.knows_ephemeral = False
    else:
        team.demote_bot()
    with pytest.raises(UndeliverableError):
        await say(adapter, topic, Reply("Figures", private_to=str(BO)))
    server.state.chats[BO] = {"id": BO, "type": "private", "first_name": "Bo"}
    await say(adapter, topic, Reply("Figures", private_to=f"{BO}:callback1"))
    assert [message["text"] for message in server.sent(BO)] == ["Figures"]
    assert team.texts(topic) == before


async def test_in_other_groups_a_press_just_made_can_be_answered_privately(
    server: TelegramServer, team: Team, adapter: TelegramAdapter, rooms: Rooms, intake: RecordingIntake
) -> None:
    await adapter.start(intake)
    topic = await opened(adapter, rooms)
    team.demote_bot()
    bo = team.agent(BO, topic)
    bo.press(team.messages(topic)[0]["message_id"], "Take")
    await intake.until(lambda: intake.received)
    await say(adapter, topic, Reply("Cy has it", private_to=intake.received[0].answer_to))
    assert [message["text"] for message in bo.private()] == ["Cy has it"]


# --- receiving


async def received(intake: RecordingIntake, count: int) -> list[Inbound]:
    await intake.until(lambda: len(intake.received) >= count)
    return intake.received


async def test_everything_in_a_room_is_for_us(
    team: Team, adapter: TelegramAdapter, rooms: Rooms, intake: RecordingIntake
) -> None:
    topic = await opened(adapter, rooms)
    await adapter.start(intake)
    bo = team.agent(BO, topic)
    said = bo.say("Please restart it")
    bo.say("/nonsense and more")
    bo.photo(FIRST.data, "/ask which field is red?")
    bo.say("@cy_smith look at this")
    bo.say(f"@{BOT_NAME} hello")
    bo.reply(said, "I mean the router")
    bo.edit(said, "/note restart it")
    seen = await received(intake, 7)
    key = ChatKey("telegram", str(BOT_ID), str(AGENTS), str(topic))
    assert {(inbound.chat, inbound.sender.key, inbound.private, inbound.answer_to) for inbound in seen} == {
        (key, f"telegram:{BO}", False, str(BO))
    }
    assert [(i.kind, i.command, i.text, len(i.attachments), i.mentions_others) for i in seen] == [
        (Kind.MESSAGE, "", "Please restart it", 0, False),
        (Kind.COMMAND, "nonsense", "and more", 0, False),
        (Kind.COMMAND, "ask", "which field is red?", 1, False),
        (Kind.MESSAGE, "", "@cy_smith look at this", 0, True),
        (Kind.MESSAGE, "", "hello", 0, False),
        (Kind.MESSAGE, "", "I mean the router", 0, False),
        (Kind.EDIT, "", "/note restart it", 0, False),
    ]
    assert (seen[5].reply_to, seen[5].replied) == (str(said), f"telegram:{BO}")
    assert seen[6].message_id == str(said)


async def test_elsewhere_in_the_group_agents_talk_among_themselves(
    server: TelegramServer, team: Team, adapter: TelegramAdapter, rooms: Rooms, intake: RecordingIntake
) -> None:
    await opened(adapter, rooms)
    server.state.topics[AGENTS][7] = "Lunch"
    await adapter.start(intake)
    for topic in (0, 7):
        agent = team.agent(BO, topic)
        agent.say("pizza?")
        agent.say("/pizza")
        agent.say(f"/queue@{BOT_NAME}")
    seen = await received(intake, 2)
    assert [(inbound.command, inbound.chat.thread) for inbound in seen] == [("queue", ""), ("queue", "7")]
    (notice,) = [
        await adapter.send(outgoing(row, AGENTS)) for row in adapter.render(Reply("Three customers sent this"))
    ]
    bo = team.agent(BO)
    bo.say(f"@{BOT_NAME} is this known?")
    bo.reply(int(notice), "We are working on it")
    *_, asked, answered = await received(intake, 4)
    assert [(inbound.text, inbound.mentions_bot, inbound.reply_to) for inbound in (asked, answered)] == [
        ("is this known?", True, ""),
        ("We are working on it", False, notice),
    ]


async def test_who_hides_behind_the_group_is_nobody(
    team: Team, adapter: TelegramAdapter, rooms: Rooms, intake: RecordingIntake
) -> None:
    topic = await opened(adapter, rooms)
    await adapter.start(intake)
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    bo = team.agent(BO, topic)
    group = {"id": AGENTS, "type": "supergroup", "title": "Agents"}
    channel = {"id": -1005, "type": "channel", "title": "News"}
    for chat in (group, channel):
        bo.say("Please restart it", sender_chat=chat, **{"from": anonymous})
    seen = await received(intake, 2)
    assert [inbound.sender.key for inbound in seen] == [f"telegram:chat{AGENTS}", "telegram:chat-1005"]
    assert [inbound.answer_to for inbound in seen] == ["", ""]


async def test_notices_about_topics_are_nobodys_words(
    team: Team, adapter: TelegramAdapter, rooms: Rooms, intake: RecordingIntake
) -> None:
    topic = await opened(adapter, rooms)
    await adapter.start(intake)
    bo = team.agent(BO, topic)
    bo._post({"forum_topic_closed": {}})
    bo._post({"forum_topic_edited": {"name": "Other"}})
    bo.say("here")
    (inbound,) = await received(intake, 1)
    assert inbound.text == "here"
