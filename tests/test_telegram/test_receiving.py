"""Nothing that a customer sent is lost on the way to the inbox, and nothing is confirmed before it is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from aiohttp import ClientSession, web

from adapters.telegram.adapter import TelegramAdapter
from bot.errors import ConfigurationError
from bot.messages import Kind, Reply
from tests.fakes.telegram_business import Account
from tests.fakes.telegram_person import Person
from tests.fakes.telegram_rules import RefusedError
from tests.fakes.telegram_server import BOT_ID, TOKEN, Fault, TelegramServer
from tests.test_telegram.conftest import COMMANDS, GROUP, RecordingIntake, keyboard, outgoing

SECRET = "a-long-random-word-1234"


async def test_updates_are_confirmed_once_they_are_committed(
    server: TelegramServer, adapter: TelegramAdapter, intake: RecordingIntake, ada: Person
) -> None:
    ada.say("written while the bot was away")
    await adapter.start(intake)
    assert await intake.texts(1) == ["written while the bot was away"]
    ada.say("and another")
    assert len(await intake.texts(2)) == 2
    await server.until(lambda: not server.unconfirmed)
    assert adapter.problem() == ""


async def test_what_the_store_refuses_is_not_confirmed_and_comes_again(
    server: TelegramServer, adapter: TelegramAdapter, intake: RecordingIntake, ada: Person
) -> None:
    intake.refusals = 2
    ada.say("first")
    ada.say("second")
    await adapter.start(intake)
    await intake.until(lambda: intake.attempts == 2)
    assert len(server.unconfirmed) == 2
    assert await intake.texts(2) == ["first", "second"]
    await server.until(lambda: not server.unconfirmed)
    assert intake.attempts == 4


async def test_stopping_before_the_commit_leaves_the_update_with_telegram(
    server: TelegramServer, adapter: TelegramAdapter, intake: RecordingIntake, ada: Person
) -> None:
    intake.refusals = 1000
    ada.say("precious")
    await adapter.start(intake)
    await intake.until(lambda: intake.attempts)
    await adapter.stop()
    assert len(server.unconfirmed) == 1
    intake.refusals = 0
    later = TelegramAdapter(token=TOKEN, api_base=server.url)
    try:
        await later.start(intake)
        assert await intake.texts(1) == ["precious"]
    finally:
        await later.close()
    assert server.unconfirmed == []


async def test_an_update_nobody_can_read_does_not_hold_up_the_others(
    server: TelegramServer, adapter: TelegramAdapter, intake: RecordingIntake, ada: Person
) -> None:
    server.push("message", {"message_id": "not a number", "chat": 5})
    ada.say("after it")
    await adapter.start(intake)
    assert await intake.texts(1) == ["after it"]
    await server.until(lambda: not server.unconfirmed)


async def test_a_fault_of_ours_does_not_hold_up_the_others_for_ever(
    server: TelegramServer, adapter: TelegramAdapter, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Faulty(RecordingIntake):
        async def receive(self, inbound: object) -> bool:
            if getattr(inbound, "text", "") == "poison":
                self.attempts += 1
                raise ValueError("a fault of ours")
            return await super().receive(inbound)  # type: ignore[arg-type]

    monkeypatch.setattr("adapters.telegram.receiving.LONGEST_PAUSE", 0.01)
    intake = Faulty()
    ada.say("poison")
    ada.say("fine")
    await adapter.start(intake)
    assert await intake.texts(1) == ["fine"]
    assert intake.attempts == 6


async def test_an_album_in_a_group_is_whole_even_if_the_caption_comes_last(
    server: TelegramServer, adapter: TelegramAdapter, intake: RecordingIntake
) -> None:
    group = Person(server, chat_id=GROUP)
    group.photo(b"1", media_group_id="g")
    group.photo(b"2", "@looksee_test_bot compare", media_group_id="g")
    group.photo(b"3", media_group_id="other")
    group.say("/help")
    await adapter.start(intake)
    await intake.until(lambda: len(intake.received) == 3)
    assert [(i.kind, i.group_id, i.text) for i in intake.received] == [
        (Kind.MESSAGE, "g", ""),
        (Kind.MESSAGE, "g", "compare"),
        (Kind.COMMAND, "", ""),
    ]


async def test_a_wrong_token_is_refused_at_start(server: TelegramServer, intake: RecordingIntake) -> None:
    adapter = TelegramAdapter(token="4242:wrong", api_base=server.url)
    with pytest.raises(ConfigurationError, match="LOOKSEE_TELEGRAM__TOKEN"):
        await adapter.start(intake)
    await adapter.close()


async def test_a_network_that_is_down_is_waited_for(
    server: TelegramServer, adapter: TelegramAdapter, intake: RecordingIntake, ada: Person
) -> None:
    await server.stop()
    await adapter.start(intake)
    assert adapter.problem().startswith("cannot reach Telegram since ")
    await server.start()
    ada.say("back again")
    assert await intake.texts(1) == ["back again"]
    assert adapter.problem() == ""


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (Fault(RefusedError(409, "Conflict: terminated by other getUpdates request")), "another program"),
        (Fault(RefusedError(401, "Unauthorized")), "refuses the token"),
        (Fault(RefusedError(500, "Internal Server Error")), "cannot reach Telegram since"),
        (Fault(html=502), "cannot reach Telegram since"),
        (Fault(drop=True), "cannot reach Telegram since"),
    ],
)
async def test_polling_goes_on_after_trouble_and_says_what_it_is(
    server: TelegramServer,
    adapter: TelegramAdapter,
    intake: RecordingIntake,
    ada: Person,
    fault: Fault,
    problem: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []
    server.fail("getUpdates", fault, times=2)
    await adapter.start(intake)

    def tried() -> bool:
        seen.append(adapter.problem())
        return len(server.called("getUpdates")) >= 3

    await server.until(tried)
    assert any(problem in words for words in seen)
    ada.say("still here")
    assert await intake.texts(1) == ["still here"]
    assert adapter.problem() == ""


async def test_thumbs_are_reported_and_shown(
    server: TelegramServer, adapter: TelegramAdapter, intake: RecordingIntake
) -> None:
    person = Person(server, language="zh")
    await adapter.start(intake)
    (payload,) = adapter.render(Reply("An answer", rateable=True))
    sent = await adapter.send(outgoing(payload))
    callback = person.press(int(sent), "👎")
    await intake.until(lambda: intake.received)
    await server.until(lambda: server.called("editMessageReplyMarkup"))
    assert (intake.received[0].kind, intake.received[0].rating, intake.received[0].message_id) == (
        Kind.FEEDBACK,
        -1,
        sent,
    )
    assert server.state.callbacks[callback]
    assert server.called("answerCallbackQuery")[0]["text"] == "感谢您的反馈。是哪里不好呢？"
    assert keyboard(server.sent(1001)[0]) == [["👍", "👎 ✓"], ["答案有误", "没看懂", "不够完整"], ["其他…"]]
    person.press(int(sent), "没看懂")
    await server.until(lambda: len(server.called("editMessageReplyMarkup")) == 2)
    assert (intake.received[1].kind, intake.received[1].rating, intake.received[1].text) == (
        Kind.FEEDBACK,
        -1,
        "unclear",
    )
    assert server.called("answerCallbackQuery")[1]["text"] == "感谢您的反馈。"
    assert keyboard(server.sent(1001)[0]) == [["👍", "👎 ✓"]]


# --- webhook -----------------------------------------------------------------------------------------------------


@pytest.fixture
async def hooked(server: TelegramServer) -> AsyncIterator[tuple[TelegramAdapter, str]]:
    adapter = TelegramAdapter(
        token=TOKEN,
        api_base=server.url,
        mode="webhook",
        webhook_url="https://bot.example.com/",
        webhook_secret=SECRET,
        commands=COMMANDS,
    )
    app = web.Application()
    app.add_routes(list(adapter.routes()))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.update_target = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield adapter, server.update_target + "/telegram/webhook"
    await adapter.close()
    await runner.cleanup()


async def test_webhook_is_answered_after_the_commit(
    server: TelegramServer, hooked: tuple[TelegramAdapter, str], intake: RecordingIntake, ada: Person
) -> None:
    intake.refusals = 1
    await hooked[0].start(intake)
    ada.say("by webhook")
    assert await intake.texts(1) == ["by webhook"]
    await server.until(lambda: server.deliveries == [503, 200])
    [call] = server.called("setWebhook")
    assert (call["url"], call["secret_token"]) == ("https://bot.example.com/telegram/webhook", SECRET)
    await hooked[0].stop()
    ada.say("after the stop")
    await server.until(lambda: 503 in server.deliveries[2:])
    assert len(intake.received) == 1


async def test_business_accounts_by_webhook(
    server: TelegramServer, hooked: tuple[TelegramAdapter, str], intake: RecordingIntake
) -> None:
    account = Account(server)
    await hooked[0].start(intake)
    customer = account.customer()
    asked = customer.say("Hello")
    account.write(customer, "I am here myself")
    account.delete(customer, asked)
    await intake.until(lambda: len(intake.received) == 3)
    assert [(i.kind, i.owned, i.chat.account) for i in intake.received] == [
        (Kind.MESSAGE, False, f"{BOT_ID}@{account.id}"),
        (Kind.MESSAGE, True, f"{BOT_ID}@{account.id}"),
        (Kind.DELETE, False, f"{BOT_ID}@{account.id}"),
    ]


@pytest.mark.parametrize(
    ("secret", "body", "status"),
    [
        ("", b"{}", 401),
        ("wrong", b"{}", 401),
        ("ß", b"{}", 401),
        (SECRET, b"not json", 400),
        (SECRET, b"[]", 400),
        (SECRET, b" " * 1_100_000, 413),
        (SECRET, b'{"update_id": 1}', 200),
    ],
)
async def test_webhook_calls_that_are_not_telegrams(
    server: TelegramServer,
    hooked: tuple[TelegramAdapter, str],
    intake: RecordingIntake,
    secret: str,
    body: bytes,
    status: int,
) -> None:
    await hooked[0].start(intake)
    await server.until(lambda: server.state.webhook)
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    async with ClientSession() as http, http.post(hooked[1], data=BytesIO(body), headers=headers) as response:
        assert response.status == status
    assert intake.received == []


async def test_a_refused_webhook_is_a_problem(server: TelegramServer, intake: RecordingIntake) -> None:
    adapter = TelegramAdapter(
        token=TOKEN, api_base=server.url, mode="webhook", webhook_url="http://x", webhook_secret=SECRET
    )
    await adapter.start(intake)
    await server.until(lambda: len(server.called("setWebhook")) >= 2)
    assert "refuses the webhook" in adapter.problem()
    await adapter.close()


@pytest.mark.parametrize("secret", ["", " ", "\t\n"])
async def test_a_webhook_without_a_secret_is_refused(secret: str) -> None:
    with pytest.raises(ConfigurationError, match="LOOKSEE_TELEGRAM__WEBHOOK_SECRET"):
        TelegramAdapter(token=TOKEN, mode="webhook", webhook_url="https://x", webhook_secret=secret)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Telegram-Bot-Api-Secret-Token": SECRET[:-1]},
        {"X-Telegram-Bot-Api-Secret-Token": SECRET + "4"},
        {"X-Telegram-Bot-Api-Secret-Token": SECRET.upper()},
        {"X-Telegram-Bot-Api-Secret": SECRET},
        {"Authorization": f"Bearer {SECRET}"},
    ],
    ids=["missing", "shorter", "longer", "other case", "other header", "as a bearer token"],
)
async def test_an_update_without_the_secret_is_not_taken(
    server: TelegramServer, hooked: tuple[TelegramAdapter, str], intake: RecordingIntake, headers: dict[str, str]
) -> None:
    await hooked[0].start(intake)
    await server.until(lambda: server.state.webhook)
    forged = {"update_id": 1, "message": {"message_id": 1, "date": 1, "text": "/ban telegram:5"}}
    forged["message"] |= {
        "chat": {"id": 1001, "type": "private"},
        "from": {"id": 1001, "is_bot": False, "first_name": "A"},
    }  # type: ignore[operator]
    async with ClientSession() as http:
        async with http.post(hooked[1], json=forged, headers=headers) as response:
            assert response.status == 401
        assert intake.attempts == 0
        async with http.post(hooked[1], json=forged, headers={"X-Telegram-Bot-Api-Secret-Token": SECRET}) as response:
            assert response.status == 200
    assert intake.attempts == 1


async def test_polling_has_no_routes_and_removes_a_webhook(
    server: TelegramServer, adapter: TelegramAdapter, intake: RecordingIntake
) -> None:
    assert adapter.routes() == ()
    await adapter.start(intake)
    await server.until(lambda: server.called("getUpdates"))
    assert server.called("deleteWebhook")


async def test_a_telegram_that_does_not_answer_does_not_hold_up_the_stop(
    server: TelegramServer, adapter: TelegramAdapter, intake: RecordingIntake
) -> None:
    server.fail("deleteWebhook", Fault(hang=True))
    await adapter.start(intake)
    await server.until(lambda: server.called("deleteWebhook"))
    async with asyncio.timeout(20):  # Telegram would have had a minute
        await adapter.stop()


async def test_an_edit_that_changes_nothing_is_none_and_one_that_was_not_committed_is_not_forgotten(
    server: TelegramServer, adapter: TelegramAdapter, intake: RecordingIntake, ada: Person
) -> None:
    """Telegram reports a reaction to a message as an edit of it."""
    await adapter.start(intake)
    asked = ada.photo(b"png", "What is E-4172?")
    await intake.texts(1)
    ada.edit(asked, "What is E-4172?")
    intake.refusals = 1
    ada.edit(asked, "What is E-4127?")
    ada.edit(asked, "What is E-4127?")
    ada.exchange(asked, b"gnp", "What is E-4127?")  # of the same size
    ada.say("thanks")
    assert await intake.texts(4) == ["What is E-4172?", "What is E-4127?", "What is E-4127?", "thanks"]
