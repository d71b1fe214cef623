"""Verbs, roles and thumbs."""

from __future__ import annotations

import time
from dataclasses import fields
from typing import Any

import pytest

from bot.errors import AmbiguousDeliveryError, UndeliverableError
from bot.messages import ChatKey, Kind, Role
from bot.outcome import Changes, Outcome
from bot.texts import NOT_ALLOWED, RETRY_NOTHING, STATUS_IDLE, choose_language
from bot.verbs.table import VERBS, announced
from bot.verbs.verb import Effect
from tests.test_core.conftest import CHAT, Bench
from tests.waiting import until

ADMIN = "telegram:1"


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS if verb.role is Role.ADMIN])
async def test_admins_verbs_are_refused_to_others_and_work_for_admins(bench: Bench, verb: str) -> None:
    await bench.command(verb)
    refused = NOT_ALLOWED.say("en", command=f"/{verb}", key="list:anna")
    assert await bench.platform.wait_for(CHAT, 1) == [refused]
    await bench.command(verb, sender=ADMIN)
    said = (await bench.platform.wait_for(CHAT, 2))[1]
    assert said != refused


@pytest.mark.parametrize("desk", [True, False])
async def test_help_lists_what_the_caller_may_do_here(bench: Bench, desk: bool) -> None:
    bench.platform.desk = ChatKey("list", "", "office") if desk else None
    await bench.command("help")
    (customers,) = await bench.platform.wait_for(CHAT, 1)
    await bench.command("help", sender=ADMIN)
    admins = (await bench.platform.wait_for(CHAT, 2))[1]
    for verb in VERBS:
        usage = f"- `{verb.usage('/', 'en', elsewhere=True)}` {verb.description.en}"
        there = desk or not verb.of_desk
        assert (usage in customers) == (verb.role is Role.CUSTOMER and there)
        assert (usage in admins) == there


async def test_an_unknown_command_says_what_works(bench: Bench) -> None:
    await bench.command("fly`away")
    (said,) = await bench.platform.wait_for(CHAT, 1)
    assert "`/flyaway`" in said
    assert "`/help`" in said
    assert "/stats" not in said


async def test_answers_come_in_the_senders_language(bench: Bench) -> None:
    await bench.say("你好")
    await bench.platform.wait_for(CHAT, 1)
    await bench.command("status")
    assert (await bench.platform.wait_for(CHAT, 2))[1] == STATUS_IDLE.zh


async def test_stats_count_what_happened(bench: Bench) -> None:
    await bench.say("hello")
    await bench.platform.wait_for(CHAT, 1)
    await bench.core.delivery.drain()
    answer = f"m{bench.platform.sent[0].id}"
    await bench.say(kind=Kind.FEEDBACK, message=answer, rating=-1)
    await bench.say(kind=Kind.FEEDBACK, message=answer, rating=1)
    await bench.say(kind=Kind.FEEDBACK, message="no such message", rating=1)
    await bench.command("stats", sender=ADMIN)
    said = (await bench.platform.wait_for(CHAT, 2))[1]
    assert "- list: 1 chats, 1 questions, 1 answers in " in said
    assert "👍 1 👎 0" in said
    assert (await bench.store.backlog()).inbox == 0


async def test_health_names_the_trouble(bench: Bench) -> None:
    bench.platform.trouble = "not connected"
    await bench.command("health", sender=ADMIN)
    (said,) = await bench.platform.wait_for(CHAT, 1)
    assert "list: not connected" in said
    assert "scripted" in said


async def test_health_says_where_messages_are_stuck_and_since_when(bench: Bench) -> None:
    other = ChatKey("list", "", "2")
    bench.platform.faults = [AmbiguousDeliveryError("connection lost")]
    bench.platform.found = {1: AmbiguousDeliveryError("no way to tell")}
    await bench.say("hello")
    await bench.platform.wait_for(CHAT, 1)  # the notice
    bench.platform.faults = [UndeliverableError("blocked")]
    await bench.say("hello", chat=other)

    async def both() -> bool:
        backlog = await bench.store.backlog()
        return (backlog.ambiguous, backlog.failed) == (1, 1)

    await until(both)
    await bench.command("health", sender=ADMIN)
    said = (await bench.platform.wait_for(CHAT, 2))[-1]
    today = time.strftime("%Y-%m-%d", time.gmtime())
    newest, oldest = said.splitlines()[-2:]
    assert newest.startswith(f"- `{other}`: 0 unknown, 1 undeliverable, since {today}")
    assert newest.endswith("Last: blocked")
    assert oldest.startswith(f"- `{CHAT}`: 1 unknown, 0 undeliverable, since ")
    assert oldest.endswith("Last: no way to tell")


async def test_whoami(bench: Bench) -> None:
    await bench.command("whoami", sender=ADMIN)
    (said,) = await bench.platform.wait_for(CHAT, 1)
    assert "telegram:1" in said
    assert "admin" in said


async def test_retry_sends_what_may_be_lost(bench: Bench) -> None:
    await bench.command("retry")
    assert await bench.platform.wait_for(CHAT, 1) == [RETRY_NOTHING.say("en")]
    bench.platform.faults = [AmbiguousDeliveryError("connection lost"), None]
    bench.platform.found = {number: AmbiguousDeliveryError("no way to tell") for number in range(2, 9)}
    await bench.say("hello")
    notice = (await bench.platform.wait_for(CHAT, 2))[1]
    assert "`/retry`" in notice
    await bench.command("retry")
    assert (await bench.platform.wait_for(CHAT, 3))[2] == "fine"


def test_what_adapters_announce_is_the_table() -> None:
    assert [info.name for info in announced()] == [verb.name for verb in VERBS]
    assert all(info.description["en"] and info.description["zh"] for info in announced())


@pytest.mark.parametrize(
    ("text", "before", "hint", "language"),
    [
        ("报错 E-4127", "en", "en", "zh"),
        ("What is this?", "zh", "zh-hans", "en"),
        ("OK", "zh", "en", "zh"),
        ("OK", "", "zh-hant", "zh"),
        ("", "", "", "en"),
        ("𠮷", "en", "en", "zh"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f 👍", "en", "en", "en"),
        ("E-4127?", "zh", "en", "zh"),
    ],
)
def test_the_language_is_the_texts_own_then_the_chats_then_the_platforms(
    text: str, before: str, hint: str, language: str
) -> None:
    assert choose_language(text, hint, before) == language


@pytest.mark.parametrize("verb", ["forget", "erase"])
async def test_what_cannot_be_undone_has_a_button_that_goes_ahead(bench: Bench, verb: str) -> None:
    await bench.say("hello", sender=ADMIN)
    await bench.platform.wait_for(CHAT, 1)
    subject = str(CHAT) if verb == "erase" else ""
    await bench.command(verb, subject, sender=ADMIN)
    await bench.platform.wait_for(CHAT, 2)
    (button,) = bench.platform.rendered[-1].buttons
    assert (button.command, button.text, button.style) == (verb, f"{subject} yes".strip(), "danger")
    await bench.command(button.command, button.text, sender=ADMIN)
    await bench.platform.wait_for(CHAT, 3)
    assert await bench.store.history(CHAT) == []


@pytest.mark.parametrize("name", [field.name for field in fields(Changes)])
def test_whatever_a_verb_changes_is_stored(name: str) -> None:
    change: Any = object()
    outcome = Outcome.of(Effect("Done.", **{name: change}), CHAT, (1,), (), ())
    assert getattr(outcome, name) is change
