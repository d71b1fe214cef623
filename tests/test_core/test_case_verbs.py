"""What agents do with cases by command, with the whole core: customers, a room, the bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot import assembly, configured, texts
from bot.cases import CaseState, Move, Staff
from bot.messages import Attachment, ChatKey, Inbound, Kind, NewOutgoing, NewTurn, Sender
from bot.metrics import Metrics
from bot.outcome import Outcome
from bot.people import Decision, Quota
from bot.roles import AGENTS
from bot.sections import ChatSettings, ImageSettings, ModelSettings
from bot.settings import Settings
from bot.verbs.sentences import CASE_ERASED, DRAFT_SENT_ALREADY
from bot.verbs.table import VERBS
from bot.verbs.verb import Verb
from conversations.sqlite import SqliteStore
from tests.contracts.traces import traces
from tests.doubles import ScriptedModel
from tests.test_core.conftest import Bench, picture
from tests.test_core.office import Screen, within
from tests.waiting import until

CHANNEL = ChatKey("slack", "T1", "C1")
CHAT = ChatKey("list", "", "1")
PRIVATE = ChatKey("slack", "T1", "D1")
MIA, TOM, BOSS = "slack:T1/MIA", "slack:T1/TOM", "slack:T1/BOSS"


class Shop(Bench):
    """A service with customers on one platform and agents on another."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.screens = {"list": Screen("list"), "slack": Screen("slack", CHANNEL)}
        super().__init__(path, settings, ScriptedModel(), self.screens["list"])

    async def start(self) -> None:
        self.store = SqliteStore(self.path)
        await self.store.open()
        prompts = await asyncio.to_thread(configured.load_prompts, self.settings)
        self.metrics = Metrics()
        self.roles = await configured.known_roles(self.settings, self.store)
        self.core = assembly.assemble(
            self.settings, self.store, self.model, self.screens, self.metrics, prompts, staff=self.roles
        )
        await self.core.resume()

    async def wait_for_person(self) -> ChatKey:
        """The customer asks for a person; returns the case's room."""
        await self.command("human", sender="list:ann")
        rooms: list[ChatKey] = []

        async def there() -> bool:
            rooms[:] = [room.chat for room in await self.store.rooms(1) if room.thread]
            return bool(rooms)

        await until(there)
        return rooms[0]

    async def agent(self, verb: str, text: str = "", *, chat: ChatKey, sender: str = MIA, **more: Any) -> None:
        """An agent gives a command, and it is dealt with."""
        more.setdefault("private", chat == PRIVATE)
        await self.command(verb, text, chat=chat, sender=sender, **more)
        await self.dealt_with()

    async def dealt_with(self) -> None:
        """Nothing waits, rooms are up to date, and everything is sent."""

        async def at_rest() -> bool:
            store = self.store
            waiting = await store.pending() or await store.behind((CHANNEL,))
            return not (waiting or await store.undelivered() or await store.in_doubt())

        await until(at_rest)

    async def state(self) -> tuple[CaseState, str]:
        case = await self.store.find_case(1)
        assert case is not None
        return case.state, case.agent

    def customer(self) -> list[str]:
        return self.screens["list"].see(CHAT)

    def room(self, chat: ChatKey) -> list[str]:
        return self.screens["slack"].see(chat)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path,
        admins=(BOSS,),
        agents=(MIA, TOM),
        model=ModelSettings(max_tokens=100, parallel_chats=4),
        images=ImageSettings(max_megabytes=1, per_question=3),
        chat=ChatSettings(burst_seconds=0, album_seconds=0, max_characters=1000),
    )
    made = Shop(tmp_path / "looksee.db", settings)
    await made.start()
    yield made
    await made.stop()


async def test_what_a_customer_may_ask_in_a_day_does_not_keep_them_from_their_person(shop: Shop) -> None:
    decided = Decision("list:ann", quota=Quota(messages=1))
    await shop.store.commit(Outcome(PRIVATE, (), decisions=(decided,)))
    await shop.say("What is this?", sender="list:ann")
    room = await shop.wait_for_person()
    await shop.agent("take", chat=room)
    await shop.say("My order is 4711", sender="list:ann")
    await shop.dealt_with()
    assert shop.room(room)[-1] == "**Customer**: My order is 4711"
    await shop.agent("release", chat=room)
    await shop.say("And now?", sender="list:ann")
    await shop.dealt_with()
    assert "**Customer**: And now?" not in shop.room(room)


async def test_a_case_from_asking_to_rating(shop: Shop) -> None:
    shop.screens["list"].shown.clear()
    await shop.say("What is this?", sender="list:ann", files=(picture(),))
    await within(lambda: any("fine" in text for text in shop.customer()))
    room = await shop.wait_for_person()
    await shop.agent("take", "#1", chat=room)
    assert await shop.state() == (CaseState.HUMAN, MIA)
    await shop.say("Are you there?", sender="list:ann")
    await shop.say("I am.", chat=room, sender=MIA, private=False, files=(picture("blue"),))
    await shop.dealt_with()
    assert len(shop.model.prompts) == 1
    *_, took, words, shown = shop.customer()
    assert took == "**Our support** has taken over and answers you here."
    assert words == "Our support: I am."
    assert shown.startswith("picture ")
    await shop.agent("close", chat=room)
    assert shop.customer()[-1].endswith(
        " if there is something else. [rate 1 1] [rate 1 2] [rate 1 3] [rate 1 4] [rate 1 5]"
    )
    await shop.command("rate", "1 5", sender="list:ann")
    await shop.dealt_with()
    assert [text for text in shop.room(room) if text.startswith(("🙋", "**Customer**", "✅", "⭐"))] == [
        "🙋 slack:T1/MIA has taken the case.",
        "**Customer**: Are you there?",
        "✅ Closed by slack:T1/MIA.",
        "⭐ Customer gives 5 of 5.",
    ]


@pytest.mark.parametrize(
    ("taken", "ended"),
    [
        (False, "You are not in the queue for a person any more."),
        (True, "That ends your conversation with our people."),
    ],
)
async def test_a_customer_who_begins_anew_leaves_people_and_both_sides_are_told(
    shop: Shop, taken: bool, ended: str
) -> None:
    room = await shop.wait_for_person()
    if taken:
        await shop.agent("take", chat=room)
    await shop.command("new", sender="list:ann")
    await shop.dealt_with()
    assert shop.customer()[-1] == f"{ended} {texts.NEW_DONE.en}"
    assert shop.room(room)[-1] == "🆕 Customer has begun a new conversation, which closes this case."
    await shop.command("new", sender="list:ann")
    await shop.dealt_with()
    assert shop.customer()[-1] == texts.NEW_DONE.en


async def test_release_to_the_bot_and_to_a_colleague(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("take", chat=room)
    await shop.agent("release", "waiting", chat=room)
    assert await shop.state() == (CaseState.WAITING, "")
    assert "has passed you on to a colleague" in shop.customer()[-1]
    await shop.agent("take", chat=room, sender=TOM)
    await shop.agent("release", chat=room, sender=TOM)
    assert await shop.state() == (CaseState.BOT, "")
    assert shop.customer()[-1].endswith("For a person, send `/human`.")
    await shop.say("And now?", sender="list:ann")
    await within(lambda: any("fine" in text for text in shop.customer()))
    await shop.agent("release", chat=room, sender=TOM)
    assert [text for text in shop.room(room) if "nothing to release: nobody has case #1, since " in text]


async def test_two_agents_at_once(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await asyncio.gather(
        shop.command("take", chat=room, sender=MIA, private=False),
        shop.command("take", "#1", chat=PRIVATE, sender=TOM),
    )
    await shop.dealt_with()
    state, agent = await shop.state()
    assert state is CaseState.HUMAN
    assert shop.customer().count("**Our support** has taken over and answers you here.") == 1
    (late,) = [text for text in shop.room(PRIVATE) + shop.room(room) if " has had case #1 since " in text]
    assert late.startswith(f"{agent} has had")
    assert late in shop.room(room if agent == TOM else PRIVATE)


async def test_only_who_has_a_case_and_admins_change_it(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("take", chat=room)
    for verb in ("take", "release", "close"):
        await shop.agent(verb, chat=room, sender=TOM)
        said = shop.room(room)[-1]
        assert said.startswith("slack:T1/MIA has had case #1 since ")
        assert "`!release waiting`" in said
    await shop.agent("take", chat=room)
    assert shop.room(room)[-1].startswith("You have case #1 already, since ")
    await shop.agent("release", chat=room, sender=BOSS)
    assert await shop.state() == (CaseState.BOT, "")


async def test_who_is_no_agent_any_more_keeps_no_case(shop: Shop) -> None:
    for verb, state in (("close", CaseState.CLOSED), ("release", CaseState.BOT), ("take", CaseState.HUMAN)):
        shop.roles.give(AGENTS, [MIA, TOM])
        if verb == "close":
            room = await shop.wait_for_person()
        await shop.agent("reopen" if verb == "release" else "take", chat=room)
        assert await shop.state() == (CaseState.HUMAN, MIA)
        shop.roles.give(AGENTS, [TOM])
        await shop.agent(verb, chat=room, sender=TOM)
        assert (await shop.state())[0] is state
    assert await shop.state() == (CaseState.HUMAN, TOM)
    await shop.say("I am here", chat=room, sender=TOM, private=False)
    await shop.dealt_with()
    assert shop.customer()[-1] == "Our support: I am here"


async def test_agents_do_not_take_what_an_owner_has(shop: Shop) -> None:
    await shop.say("I see to it.", sender="telegram:9", owned=True)
    await shop.dealt_with()
    await shop.agent("take", "#1", chat=PRIVATE)
    assert await shop.state() == (CaseState.HUMAN, "telegram:9")


async def test_a_command_comes_after_what_was_written_before_it(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("take", chat=room)
    fetched = asyncio.Event()

    async def fetch(chat: ChatKey, attachment: Attachment, limit: int) -> bytes:
        await fetched.wait()
        return picture("blue")

    shop.screens["slack"].fetch = fetch  # type: ignore[method-assign]
    goodbye = Inbound(
        "goodbye", room, Sender(MIA), text="Goodbye!", message_id="g", attachments=(Attachment("f1"),), private=False
    )
    await shop.core.intake.receive(goodbye)
    await shop.command("send", "One more thing", chat=room, sender=MIA, private=False)
    await shop.command("close", chat=room, sender=MIA, private=False)
    await shop.command("help", chat=room, sender=MIA, private=False)
    await within(lambda: "`!take" in shop.room(room)[-1])
    fetched.set()
    await shop.dealt_with()
    words, shown, more, closed = shop.customer()[-4:]
    assert (words, more) == ("Our support: Goodbye!", "Our support: One more thing")
    assert shown.startswith("picture ")
    assert "has closed" in closed
    assert (await shop.state())[0] is CaseState.CLOSED


async def test_reopen(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("reopen", chat=room)
    assert shop.room(room)[-1].startswith("Case #1 is not closed.")
    await shop.agent("close", chat=room)
    for verb in ("close", "take", "release"):
        await shop.agent(verb, chat=room)
        assert shop.room(room)[-1].startswith("Case #1 has been closed since ")
    await shop.agent("reopen", "#1", chat=PRIVATE)
    assert await shop.state() == (CaseState.HUMAN, MIA)
    assert shop.customer()[-1] == "**Our support** has opened the conversation again and answers you here."
    assert "is open again, and you have it" in shop.room(PRIVATE)[-1]


async def test_the_history_of_a_case_that_was_opened_again_begins_before_it_was_one(shop: Shop) -> None:
    await shop.say("It does not work", sender="list:ann")
    await within(lambda: any("fine" in text for text in shop.customer()))
    room = await shop.wait_for_person()
    await shop.agent("close", chat=room)
    await shop.say("One more thing", sender="list:ann")
    await within(lambda: len([text for text in shop.customer() if "fine" in text]) > 1)
    for verb in ("history", "reopen", "history"):
        await shop.agent(verb, chat=room)
        if verb == "history":
            _, first, answer, *_ = shop.room(room)[-1].split("\n\n")
            assert "**Customer**: It does not work" in first
            assert "**Bot**: fine" in answer
    assert "**Customer**: One more thing" in shop.room(room)[-1]


async def test_a_closed_case_whose_customer_waits_in_another_one_stays_closed(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("close", chat=room)
    await shop.say("One more thing", sender="list:ann")
    await within(lambda: any("fine" in text for text in shop.customer()))
    await shop.command("human", sender="list:ann")
    await shop.dealt_with()
    await shop.agent("reopen", chat=room)
    assert shop.room(room)[-1].startswith("The customer of case #1 has begun a new conversation since.")
    assert await shop.state() == (CaseState.CLOSED, "")


async def test_notes_and_cases_by_number(shop: Shop) -> None:
    room = await shop.wait_for_person()
    before = shop.customer()
    await shop.agent("note", "call back\nafter 3", chat=room)
    await shop.agent("note", "#1 he is *rude*", chat=PRIVATE, sender=TOM)
    assert [text for text in shop.room(room) if "📝" in text] == [
        "slack:T1/MIA: 📝 (note) call back  \nafter 3",
        r"slack:T1/TOM: 📝 (note) he is \*rude\*",
    ]
    assert shop.room(PRIVATE) == ["Noted in case #1."]
    await shop.agent("note", "#4711 is his order", chat=room)
    assert shop.room(room)[-1].endswith("(note) #4711 is his order")
    for given, says in (
        ("hello", "Which case do you mean?"),
        ("1 hello", "Which case do you mean?"),
        ("#9 hello", "There is no case #9; `/looksee queue` lists"),
        ("＃1", "Something is missing: text"),
    ):
        await shop.agent("note", given, chat=PRIVATE)
        assert shop.room(PRIVATE)[-1].startswith(says)
    assert shop.customer() == before


async def test_send_sends_anything_as_it_is(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("send", "Hello", chat=room)
    assert shop.room(room)[-1].startswith("Not sent: nobody has this case yet. Take it with `!take`")
    await shop.agent("take", chat=room)
    for given, text in (
        ("/restart it, @you", "/restart it, @you"),
        ("#2 is your number", "#2 is your number"),
        ("#1 #2 is your number", "#2 is your number"),  # what a window's button puts in front is the case
    ):
        await shop.agent("send", given, chat=room)
        assert shop.customer()[-1] == f"Our support: {text}"
        assert shop.room(room)[-1] == f"Our support: {text}"
    await shop.agent("send", "#1 Hello", chat=PRIVATE)
    assert shop.customer()[-1] == "Our support: Hello"
    assert shop.room(PRIVATE)[-1] == "Sent to the customer of case #1."
    await shop.agent("send", chat=room)
    assert shop.room(room)[-1].startswith("What shall I send?")
    await shop.agent("send", "x", chat=room, files=(picture(),))
    assert "Nothing was sent." in shop.room(room)[-1]
    await shop.agent("send", "Hello", chat=room, sender=TOM)
    assert shop.room(room)[-1].startswith("Not sent: slack:T1/MIA has had this case since ")


async def test_a_draft_is_sent_by_its_button(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("take", chat=room)
    rows = await shop.store.commit(
        Outcome(room, (), (NewOutgoing("**Draft**", answer=True),), answer=NewTurn("bot", "Please restart."))
    )
    shop.core.delivery.push(rows)
    await shop.dealt_with()
    await asyncio.gather(
        *(shop.command("send", "#1", chat=room, sender=MIA, reply_to=f"m{rows[0].id}", private=False) for _ in range(2))
    )
    await shop.dealt_with()
    assert shop.customer().count("Our support: Please restart.") == 1
    assert [text for text in shop.room(room) if text.startswith(DRAFT_SENT_ALREADY.en)]
    await shop.agent("send", "Please, restart!", chat=room, reply_to=f"m{rows[0].id}")
    assert shop.customer()[-1] == "Our support: Please, restart!"


async def test_a_draft_is_for_its_own_customer_alone(shop: Shop) -> None:
    room = await shop.wait_for_person()
    rows = await shop.store.commit(
        Outcome(
            room, (), (NewOutgoing("**Draft**", answer=True),), answer=NewTurn("bot", "Your card E-4127 is blocked.")
        )
    )
    shop.core.delivery.push(rows)
    other = ChatKey("list", "", "2")
    await shop.command("human", chat=other, sender="list:bob")
    await shop.dealt_with()
    await shop.agent("take", "#2", chat=PRIVATE)
    before = shop.screens["list"].see(other)
    await shop.agent("send", "#2", chat=room, reply_to=f"m{rows[0].id}")
    assert shop.room(room)[-1].startswith("What shall I send?")
    assert shop.screens["list"].see(other) == before


async def test_the_queue(shop: Shop) -> None:
    await shop.agent("queue", chat=PRIVATE)
    assert shop.room(PRIVATE) == ["Nobody waits, and nobody has a case."]
    await shop.say("It does not work", sender="list:ann")
    await within(lambda: any("fine" in text for text in shop.customer()))
    room = await shop.wait_for_person()
    await shop.agent("queue", chat=PRIVATE)
    said = shop.room(PRIVATE)[-1]
    assert said.startswith(
        "Waiting for a person: 1. With a person: 0.\n\n**#1** Customer (list): waiting for a person, for 5 seconds"
    )
    assert said.endswith("> It does not work [take #1]")
    await shop.agent("take", "#1", chat=CHANNEL)
    await shop.agent("queue", chat=room, sender=TOM)
    assert "slack:T1/MIA has it, for " in shop.room(room)[-1]
    assert "[take" not in shop.room(room)[-1]


async def open_cases(shop: Shop, *, held: int, waiting: int) -> None:
    """So many cases are held by an agent, and then so many more wait."""
    for number in range(held + waiting):
        who = Staff(f"list:{number}", f"Number {number}")
        after, agent = (CaseState.HUMAN, Staff(TOM, "Tom")) if number < held else (CaseState.WAITING, Staff(""))
        move = Move(after, who, agent=agent, customer=who)
        await shop.store.commit(Outcome(ChatKey("list", "", f"chat {number}"), (), move=move))


@pytest.mark.parametrize("where", ["verb", "home"])
async def test_the_queue_shows_first_who_waits_and_counts_all(shop: Shop, where: str) -> None:
    await open_cases(shop, held=21, waiting=7)
    if where == "verb":
        await shop.agent("queue", chat=PRIVATE)
        said = shop.room(PRIVATE)[-1]
    else:
        reply = (await shop.core.surfaces.home(Sender(MIA)))[0]
        said = f"{reply.text}{''.join(f' [{button.command} {button.text}]' for button in reply.buttons)}"
    assert said.startswith("Waiting for a person: 7. With a person: 21.\n\n**#22** Number 21 ")
    numbers = [int(line[3:].partition("*")[0]) for line in said.splitlines() if line.startswith("**#")]
    assert numbers == [*range(22, 29), *range(1, 14)]
    assert said.endswith("… and 8 more. [take #22] [take #23] [take #24] [take #25] [take #26]")


async def test_nobody_with_a_person_is_listed_before_all_who_wait(shop: Shop) -> None:
    await open_cases(shop, held=1, waiting=25)
    await shop.agent("queue", chat=PRIVATE)
    said = shop.room(PRIVATE)[-1]
    assert said.startswith("Waiting for a person: 25. With a person: 1.")
    assert "has it" not in said
    assert "\n\n… and 6 more." in said


async def test_what_staff_were_shown_elsewhere_goes_with_the_customer(shop: Shop, tmp_path: Path) -> None:
    words, name = "canary-words-ж", "canary-name"
    ann = Sender("list:ann", name)
    await shop.core.intake.receive(Inbound("asked", CHAT, ann, Kind.MESSAGE, words, "asked"))
    await within(lambda: any("fine" in text for text in shop.customer()))
    await shop.core.intake.receive(Inbound("human", CHAT, ann, Kind.COMMAND, "", "human", command="human"))
    await shop.dealt_with()
    await shop.agent("prompt", "set en Be brief.", chat=PRIVATE, sender=BOSS)
    for verb, text, shown in (("queue", "", words), ("prompt", "try #1", words), ("take", "#1", name)):
        await shop.agent(verb, text, chat=PRIVATE, sender=BOSS)
        await within(lambda: shown in shop.room(PRIVATE)[-1])  # noqa: B023 - awaited at once
    await shop.agent("take", "#1", chat=PRIVATE)
    await shop.agent("erase", f"{CHAT} yes", chat=PRIVATE, sender=BOSS)
    assert await shop.store.case(CHAT) is None
    assert await shop.store.scrub()
    assert traces(tmp_path, [words, name]) == []


@pytest.mark.parametrize("by_admin", [False, True])
async def test_agents_are_told_that_a_case_is_gone_with_its_customers_data(shop: Shop, by_admin: bool) -> None:
    room = await shop.wait_for_person()
    await shop.agent("take", chat=room)
    if by_admin:
        await shop.agent("erase", f"{CHAT} yes", chat=PRIVATE, sender=BOSS)
    else:
        await shop.command("forget", "yes", sender="list:ann")
    await shop.dealt_with()
    assert await shop.store.case_in(room) is None
    assert shop.room(room)[-1] == CASE_ERASED.en


async def test_of_a_closed_case_nothing_is_said_when_it_goes(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("close", chat=room)
    before = shop.room(room)
    await shop.command("forget", "yes", sender="list:ann")
    await shop.dealt_with()
    assert shop.room(room) == before


@pytest.mark.parametrize("verb", ["take", "release", "close", "reopen", "note", "send", "queue"])
async def test_agents_verbs_are_for_agents_among_themselves(shop: Shop, verb: str) -> None:
    room = await shop.wait_for_person()
    await shop.agent(verb, "#1", chat=room, sender="slack:T1/EVE")
    assert shop.room(room)[-1].startswith(f"The command `!{verb}` is for the people who run this bot.")
    others = ChatKey("slack", "T1", "C9")
    await shop.agent(verb, "#1", chat=others, sender=MIA)
    assert shop.room(others)[-1].startswith(f"`/looksee {verb}` is for agents' rooms")
    await shop.agent(verb, "#1", chat=others, sender=MIA, private=True, owned=True)
    assert shop.room(others)[-1].startswith(f"`/looksee {verb}` is for agents' rooms")
    assert await shop.state() == (CaseState.WAITING, "")


async def test_a_restart_in_the_middle(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("take", chat=room)
    await shop.stop()
    await shop.start()
    await shop.say("Hello!", chat=room, sender=MIA, private=False)
    await shop.dealt_with()
    assert shop.customer()[-1] == "Our support: Hello!"
    await shop.agent("close", chat=room)
    assert await shop.state() == (CaseState.CLOSED, MIA)


async def test_help_in_a_room_is_for_agents(shop: Shop) -> None:
    room = await shop.wait_for_person()
    for verb in ("help", "frobnicate"):
        await shop.agent(verb, chat=room)
        said = shop.room(room)[-1]
        assert "`!take" in said
        assert "`!help" in said
        assert "`!forget" not in said
        assert "`!pause" not in said
    await shop.agent("help", chat=room, sender=BOSS)
    assert shop.room(room)[-1].startswith("This is the room of case #1.")
    assert "`!pause" in shop.room(room)[-1]


CASE_VERBS = [verb for verb in VERBS if verb.about_case and not verb.at_home]
HOME_VERBS = [verb for verb in VERBS if verb.at_home]


@pytest.mark.parametrize("verb", CASE_VERBS, ids=lambda verb: verb.name)
@pytest.mark.parametrize(("place", "lead"), [(PRIVATE, "/looksee "), (ChatKey("slack", "T1", "C1", "none"), "!")])
async def test_outside_of_a_room_it_is_said_what_is_missing_and_what_to_type(
    shop: Shop, verb: Verb, place: ChatKey, lead: str
) -> None:
    words = "" if verb.example == "waiting" else verb.example
    for given, says in ((words, "Which case do you mean?"), (f"#9 {words}", "There is no case #9; ")):
        await shop.agent(verb.name, given, chat=place, answer_to="mia")
        said = shop.room(place)[-1]
        assert said.startswith(says)
        assert f"`{lead}queue`" in said
        assert f"Type it like this: `{lead}{verb.name} #12" in said
    if not verb.parameters:
        await shop.agent(verb.name, "9", chat=place, answer_to="mia")
        assert shop.room(place)[-1].startswith("There is no case #9; ")


@pytest.mark.parametrize("verb", HOME_VERBS, ids=lambda verb: verb.name)
@pytest.mark.parametrize("about", ["", "#9 ", "#1 "])
async def test_what_is_said_in_rooms_alone_is_refused_elsewhere_with_what_to_type_there(
    shop: Shop, verb: Verb, about: str
) -> None:
    await shop.wait_for_person()
    for place in (PRIVATE, CHANNEL):
        await shop.agent(verb.name, f"{about}{verb.example}", chat=place, answer_to="mia")
        said = shop.room(place)[-1]
        assert said.startswith("What I say about a case stays in its room")
        assert f"Please use `!{verb.name}` there." in said
    assert shop.model.prompts == []


async def test_outside_of_a_room_it_is_said_who_has_a_case_and_what_to_type(shop: Shop) -> None:
    await shop.wait_for_person()
    for verb, says in (
        ("reopen", "`/looksee take #1`"),
        ("send", "`/looksee take #1`"),
        ("history", "Please use `!history` there."),
        ("ask", "Please use `!ask` there."),
    ):
        await shop.agent(verb, "#1 hello", chat=PRIVATE, sender=TOM)
        assert says in shop.room(PRIVATE)[-1]
    await shop.agent("take", "1", chat=PRIVATE)
    assert await shop.state() == (CaseState.HUMAN, MIA)
    for verb in ("take", "release", "close", "reopen"):
        await shop.agent(verb, "#1", chat=PRIVATE, sender=TOM)
        said = shop.room(PRIVATE)[-1]
        assert said.startswith("slack:T1/MIA has had case #1 since ")
        assert "`/looksee release #1 waiting`" in said
    await shop.agent("send", "#1 hello", chat=PRIVATE, sender=TOM)
    said = shop.room(PRIVATE)[-1]
    assert said.startswith("Not sent: slack:T1/MIA has had this case since ")
    assert "`/looksee release #1 waiting`" in said
    await shop.agent("take", "#1", chat=PRIVATE)
    assert shop.room(PRIVATE)[-1].endswith("write to the customer in its room.")
    await shop.agent("send", "#1", chat=PRIVATE)
    assert "`/looksee send #1 …`" in shop.room(PRIVATE)[-1]
    await shop.agent("close", "#1", chat=PRIVATE)
    for verb in ("take", "close", "release"):
        await shop.agent(verb, "#1", chat=PRIVATE, sender=TOM)
        assert "`/looksee reopen #1`" in shop.room(PRIVATE)[-1]


async def test_an_incident_that_is_not_named_is_asked_for_as_it_is_typed_there(shop: Shop) -> None:
    await shop.agent("answer", "we are on it", chat=PRIVATE)
    assert "`/looksee answer i5 …`" in shop.room(PRIVATE)[-1]


async def test_among_agents_everything_around_their_words_is_in_the_desks_language(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("send", "您好，请稍等", chat=room)
    assert shop.room(room)[-1].startswith("Not sent: nobody has this case yet.")
    await shop.agent("answer", "请稍等", chat=CHANNEL)
    assert shop.room(CHANNEL)[-1].startswith("Which incident")
    await shop.agent("answer", "请稍等", chat=PRIVATE)
    assert shop.room(PRIVATE)[-1].startswith("请回复事件通知")
