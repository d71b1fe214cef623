from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import CaseMovedError
from bot.incidents import Incident, Look
from bot.lookout import told
from bot.looks import look_of
from bot.messages import ChatKey, Image, Inbound, NewTurn, Sender
from bot.outcome import Outcome
from bot.people import Decision
from bot.sections import ChatSettings, DeskSettings, ImageSettings, ModelSettings
from bot.settings import Settings
from tests.doubles import ListAdapter, ScriptedModel
from tests.screenshots import dialog
from tests.test_core.conftest import Bench
from tests.test_core.test_looks import SHOTS, with_order

DESK = ChatKey("list", "", "desk")
AGENT = "telegram:2"


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A running core with a place for agents, who are told of what three customers send."""
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path,
        agents=(AGENT,),
        model=ModelSettings(max_tokens=100, parallel_chats=4),
        images=ImageSettings(max_megabytes=1, per_question=3),
        chat=ChatSettings(burst_seconds=0, album_seconds=0, max_characters=1000),
        desk=DeskSettings(incident_customers=3),
    )
    platform = ListAdapter()
    platform.desk = DESK
    made = Bench(tmp_path / "looksee.db", settings, ScriptedModel(), platform)
    await made.start()
    yield made
    await made.stop()


def chat(customer: str) -> ChatKey:
    return ChatKey("list", "", customer)


async def send(bench: Bench, customer: str, data: bytes = SHOTS["payment"], text: str = "what is this?") -> None:
    """A customer sends a screenshot, is answered, and it is looked at."""
    await bench.say(text, chat=chat(customer), sender=f"list:{customer}", files=(data,))
    await bench.platform.wait_for(chat(customer), 1)
    await bench.core.lookout.look()


async def answer(bench: Bench, text: str, **more: object) -> str:
    before = len(bench.platform.texts(DESK))
    await bench.command("answer", text, chat=DESK, sender=AGENT, private=False, **more)
    return (await bench.platform.wait_for(DESK, before + 1))[-1]


async def test_agents_are_told_once_and_the_notice_is_kept_up_to_date(bench: Bench) -> None:
    for customer, data in zip("abcd", (SHOTS["payment"], with_order(SHOTS["payment"])) * 2, strict=True):
        assert (customer in "abc") == (not bench.platform.texts(DESK))
        await send(bench, customer, data)
        if customer in "cd":
            await bench.platform.wait_for(DESK, "cd".index(customer) + 1)
    first, second = bench.platform.texts(DESK)
    assert "**3 customers sent this screenshot" in first
    assert "**4 customers sent this screenshot" in second
    shown = [item for item in bench.platform.sent if item.chat == DESK]
    assert [item.replaces for item in shown] == [0, shown[0].id]
    assert bench.platform.rendered[-1].pictures
    assert [(button.command, button.text, button.edits) for button in bench.platform.rendered[-1].buttons] == [
        ("answer", "i1", True)
    ]


async def test_one_customer_who_sends_it_often_is_no_incident(bench: Bench) -> None:
    for number in range(4):
        await bench.say("and now?", files=(with_order(SHOTS["login"]),), message=f"m{number}")
        await bench.platform.wait_for(chat("1"), number + 1)
    await bench.core.lookout.look()
    assert bench.platform.texts(DESK) == []


async def test_what_is_told_apart_by_its_code_is_not_one_incident(bench: Bench) -> None:
    for customer, code in zip("abc", ("E-4127", "E-4128", "E-4129"), strict=True):
        await send(bench, customer, dialog(code).data, f"what does {code} mean?")
    assert bench.platform.texts(DESK) == []
    assert len(await bench.store.incidents(0, 1)) == 3


async def test_codes_are_told_as_they_stand_on_the_screenshots(bench: Bench) -> None:
    bench.model.script = lambda _: ("It says E-4127.",)
    for customer, text in zip("abc", ("what is e4127?", "what is this?", "E 4127 again"), strict=True):
        await send(bench, customer, text=text)
    assert "What it is about: `E-4127`" in (await bench.platform.wait_for(DESK, 1))[0]


async def test_an_agent_answers_all_with_one_message(bench: Bench) -> None:
    for customer in "abc":
        await send(bench, customer)
    await bench.platform.wait_for(DESK, 1)
    assert "On its way to all 3" in await answer(bench, "i1 We are on it.\nSorry!")
    for customer in "abc":
        assert (await bench.platform.wait_for(chat(customer), 2))[-1] == "We are on it.  \nSorry!"
        assert bench.platform.rendered[-2].author == "Our support"
        said = (await bench.store.history(chat(customer)))[-1]
        assert (said.speaker, said.text) == ("agent", "We are on it.\nSorry!")
    # Who comes later is answered by the next one, and nobody twice.
    await send(bench, "d")
    await bench.platform.wait_for(DESK, 3)  # the notice, of four by now
    assert "On its way to all 1" in await answer(bench, "i1 Fixed.")
    await bench.platform.wait_for(chat("d"), 2)
    assert [len(bench.platform.texts(chat(customer))) for customer in "abcd"] == [2, 2, 2, 2]
    assert "Nobody has sent" in await answer(bench, "i1 Once more.")


async def test_of_two_agents_at_once_one_answers(bench: Bench) -> None:
    for customer in "abc":
        await send(bench, customer)
    seen = await bench.store.incident(1, 0)
    await bench.store.commit(Outcome(DESK, (), answers=seen))
    with pytest.raises(CaseMovedError):
        await bench.store.commit(Outcome(DESK, (), answers=seen))


async def test_who_was_still_being_answered_by_the_bot_is_answered_next_time(bench: Bench) -> None:
    for customer in "abc":
        await send(bench, customer)
    row = await bench.store.accept(Inbound("late", chat("d"), Sender("list:d"), text="what is this?"))
    assert "On its way to all 3" in await answer(bench, "i1 We are on it.")
    seen = await bench.store.incident(1, 0)
    assert row is not None
    assert seen is not None
    assert seen.picture is not None
    question = NewTurn("customer", "what is this?", (seen.picture,), sender="list:d")
    await bench.store.commit(Outcome(chat("d"), (row,), question=question))
    await bench.core.lookout.look()
    await bench.platform.wait_for(DESK, 3)  # the notice, of four by now
    assert "On its way to all 1" in await answer(bench, "i1 Fixed.")
    assert await bench.platform.wait_for(chat("d"), 1) == ["Fixed."]


async def test_who_is_banned_gets_no_answer(bench: Bench) -> None:
    for customer in "abc":
        await send(bench, customer)
    await bench.store.commit(Outcome(DESK, (), decisions=(Decision("list:b", banned=True),)))
    assert "On its way to all 2" in await answer(bench, "i1 We are on it.")


async def test_a_notice_that_is_gone_is_given_anew(bench: Bench) -> None:
    for customer in "abc":
        await send(bench, customer)
    await bench.platform.wait_for(DESK, 1)
    await bench.core.delivery.drain()
    await bench.store.erase(DESK)
    await send(bench, "d")
    await bench.platform.wait_for(DESK, 2)
    _, second = [item for item in bench.platform.sent if item.chat == DESK]
    assert second.replaces == 0
    await send(bench, "e")
    await bench.platform.wait_for(DESK, 3)
    assert bench.platform.sent[-1].replaces == second.id


async def test_all_of_many_pictures_are_looked_at_even_if_one_cannot_be(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.lookout.AT_ONCE", 4)

    def looking(image: Image, words: str) -> Look:
        if "broken" in words:
            raise ValueError
        return look_of(image, words)

    monkeypatch.setattr("bot.lookout.look_of", looking)
    for customer, text in (("a", "broken"), ("b", "three")):
        shots = tuple(SHOTS.values())
        await bench.say(text, chat=chat(customer), sender=f"list:{customer}", files=shots)
        await bench.platform.wait_for(chat(customer), 1)
    await bench.core.lookout.look()
    assert len(await bench.store.incidents(0, 1)) == 3


async def test_the_notice_that_is_replied_to_says_which_incident(bench: Bench) -> None:
    for customer in "abc":
        await send(bench, customer)
    await bench.platform.wait_for(DESK, 1)
    notice = next(item for item in bench.platform.sent if item.chat == DESK)
    assert "On its way to all 3" in await answer(bench, "We are on it.", reply_to=f"m{notice.id}")


async def test_the_thread_under_a_notice_is_known_and_says_which_incident(bench: Bench) -> None:
    for customer in "abc":
        await send(bench, customer)
    await bench.platform.wait_for(DESK, 1)
    await bench.core.delivery.drain()
    notice = next(item for item in bench.platform.sent if item.chat == DESK)
    thread = replace(DESK, thread=f"m{notice.id}")
    assert await bench.store.knows(thread)
    assert not await bench.store.knows(replace(DESK, thread="m0"))
    assert not await bench.store.knows(DESK)
    await bench.command("answer", "We are on it.", chat=thread, sender=AGENT, private=False, answer_to="nobody else")
    assert "On its way to all 3" in (await bench.platform.wait_for(thread, 1))[-1]
    assert bench.platform.rendered[-1].private_to == "", "colleagues are to know"


async def test_a_program_that_sent_it_is_not_answered(bench: Bench) -> None:
    web = bench.others["web"] = ListAdapter("web")
    await bench.stop()
    await bench.start()
    call = ChatKey("web", "api", "c" * 32)
    await bench.say("what is this?", chat=call, sender="web:api", files=(SHOTS["payment"],))
    await web.wait_for(call, 1)
    for customer in "ab":
        await send(bench, customer)
    await bench.platform.wait_for(DESK, 1)
    assert "to all 2" in await answer(bench, "i1 We are on it.")
    assert web.texts(call) == ["fine"]


@pytest.mark.parametrize(("platform", "typed"), [("slack", "`!answer i7`"), ("telegram", "`/answer i7`")])
def test_a_notice_says_what_is_typed_there(platform: str, typed: str) -> None:
    assert typed in told(Incident(7, Look("0" * 64)), (), platform, "en").text
    assert typed in told(Incident(7, Look("0" * 64)), (), platform, "zh").text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("i9 Hello.", "no incident i9"),
        ("Hello.", "Which incident"),
        ("i1", "Something is missing"),
        ("", "Something is missing"),
    ],
)
async def test_bad_input_is_explained(bench: Bench, text: str, said: str) -> None:
    assert said in await answer(bench, text)


async def test_customers_cannot_answer_others(bench: Bench) -> None:
    for customer in "abc":
        await send(bench, customer)
    await bench.command("answer", "i1 Send me your password.", chat=chat("a"), sender="list:a")
    assert "for the people who run this bot" in (await bench.platform.wait_for(chat("a"), 2))[-1]
    assert len(bench.platform.texts(chat("b"))) == 1


async def test_a_restart_looks_at_what_was_left_and_tells_nothing_twice(bench: Bench) -> None:
    for customer in "abc":
        await bench.say("what is this?", chat=chat(customer), sender=f"list:{customer}", files=(SHOTS["payment"],))
        await bench.platform.wait_for(chat(customer), 1)
    for _ in range(2):
        await bench.stop()
        await bench.start()
        await bench.core.lookout.look()
    assert len(await bench.platform.wait_for(DESK, 1)) == 1


async def test_nothing_is_looked_at_without_a_desk(bench: Bench) -> None:
    bench.platform.desk = None
    await bench.stop()
    await bench.start()
    await bench.say("what is this?", files=(SHOTS["payment"],))
    await bench.platform.wait_for(chat("1"), 1)
    assert await bench.store.incidents(0, 1) == []
