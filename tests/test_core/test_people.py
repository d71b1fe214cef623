"""People: who is let in, what is said to those who are not, and what admins do about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot import texts
from bot.messages import ChatKey, Inbound, Kind, Sender
from bot.outcome import Outcome
from bot.people import AuditOutcome, Decision
from bot.sections import LimitSettings
from bot.verbs import sentences
from tests.test_core.conftest import CHAT, Bench, asked, picture
from tests.waiting import until

ADMIN = "telegram:1"
ANNA = "telegram:7"
GROUP = ChatKey("list", "", "group")
OFFICE = ChatKey("list", "", "office")


async def restart(bench: Bench, **limits: Any) -> None:
    """Start again with other limits."""
    await bench.stop()
    bench.settings = bench.settings.model_copy(update={"limits": LimitSettings(**limits)})
    await bench.start()


async def order(bench: Bench, verb: str, text: str = "", *, chat: ChatKey = OFFICE, **more: object) -> str:
    """Give a command as an admin; returns what is said."""
    count = len(bench.platform.texts(chat))
    await bench.command(verb, text, chat=chat, sender=ADMIN, **more)
    return (await bench.platform.wait_for(chat, count + 1))[-1]


async def quiet(bench: Bench) -> list[str]:
    """Wait until everything is dealt with; returns what Anna's chat was told."""

    async def done() -> bool:
        backlog = await bench.store.backlog()
        return backlog.inbox == backlog.outbox == 0

    await until(done)
    return bench.platform.texts(CHAT)


async def audited(bench: Bench) -> list[tuple[str, str, str, AuditOutcome]]:
    return [(e.actor, e.action, e.detail, e.outcome) for e in reversed(await bench.store.audit(50))]


# --- bans


async def test_the_banned_are_told_once_and_nothing_of_theirs_reaches_anything(bench: Bench) -> None:
    said = await order(bench, "ban", f"{ANNA} sends spam")
    assert said == sentences.BANNED.say("en", key=ANNA, undo=f"/unban {ANNA}")
    await bench.say("What is this?", sender=ANNA, files=(picture(),))
    assert await bench.platform.wait_for(CHAT, 1) == [texts.SHUT_OUT.say("en", company="Looksee")]
    await bench.say("你好！", sender=ANNA)
    await bench.say("and this?", sender=ANNA, chat=GROUP, private=False)
    await bench.command("help", sender=ANNA)
    await bench.say(kind=Kind.EDIT, text="edited", message="c2", sender=ANNA)
    await bench.stop()
    await bench.start()
    await bench.say("still there?", sender=ANNA)
    assert len(await quiet(bench)) == 1
    assert bench.platform.texts(GROUP) == []
    assert bench.model.prompts == []
    assert await bench.store.history(CHAT) == []
    assert await order(bench, "unban", ANNA) == sentences.UNBANNED.say("en", key=ANNA)
    await bench.say("and now?", sender=ANNA)
    assert (await bench.platform.wait_for(CHAT, 2))[-1] == "fine"


async def test_what_of_the_banned_waits_is_dropped_and_what_is_answered_ends(bench: Bench) -> None:
    bench.model.gate.clear()
    await bench.say("first", sender=ANNA)
    await asyncio.wait_for(bench.model.asked.wait(), 20)
    await bench.say("second", sender=ANNA)
    await bench.say("mine", sender="telegram:8")
    await order(bench, "ban", ANNA)
    bench.model.gate.set()
    await quiet(bench)
    assert asked(bench) == ["first", "mine"]
    assert bench.platform.texts(CHAT) == [texts.STOPPED.en, "fine"]


async def test_what_was_let_in_just_before_the_ban_is_not_answered(bench: Bench) -> None:
    """Between its commit and its being handed on there is time for the ban."""
    bench.core.dispatcher.expel(ANNA)
    await bench.say("squeezed in", sender=ANNA)
    assert await bench.platform.wait_for(CHAT, 1) == [texts.SHUT_OUT.say("en", company="Looksee")]
    await quiet(bench)
    assert bench.model.prompts == []


async def test_a_ban_is_of_the_person_named_by_the_reply(bench: Bench) -> None:
    question = await bench.say("buy my watches", sender=ANNA, chat=GROUP, private=False)
    await bench.platform.wait_for(GROUP, 1)
    await quiet(bench)
    answer = f"m{bench.platform.sent[-1].id}"
    for reply in ({"reply_to": question}, {"reply_to": answer}, {"reply_to": "elsewhere", "replied": ANNA}):
        assert f"`{ANNA}`" in await order(bench, "ban", "spam", chat=GROUP, private=False, **reply)
        assert (await bench.store.person(ANNA)).banned
        await order(bench, "unban", ANNA, chat=GROUP)
    nobody = await order(bench, "ban", chat=GROUP, reply_to="unknown")
    assert nobody.startswith(sentences.WHO.en)
    assert not (await bench.store.person(ANNA)).banned


async def test_in_a_thread_about_one_message_its_author_is_meant(bench: Bench) -> None:
    thread = ChatKey("list", "", "C1", "root")
    await bench.say("buy my watches", sender=ANNA, chat=thread, message="root", private=False)
    await bench.platform.wait_for(thread, 1)
    assert f"`{ANNA}`" in await order(bench, "ban", chat=thread, private=False)
    assert (await bench.store.person(ANNA)).banned


@pytest.mark.parametrize(
    ("staff", "role"),
    [
        (ADMIN, "admin, by the setting LOOKSEE_ADMINS"),
        ("telegram:2", "admin, by the setting LOOKSEE_ADMINS"),
        ("slack:T1/U1", "agent, by the setting LOOKSEE_AGENTS"),
    ],
)
async def test_staff_cannot_be_banned(bench: Bench, staff: str, role: str) -> None:
    await bench.stop()
    bench.settings = bench.settings.model_copy(update={"admins": (ADMIN, "telegram:2"), "agents": ("slack:T1/U1",)})
    await bench.start()
    assert await order(bench, "ban", staff) == sentences.STAFF_STAYS.say("en", key=staff, role=role)
    assert not (await bench.store.person(staff)).banned
    assert await audited(bench) == [(ADMIN, "ban", staff, AuditOutcome.REFUSED)]


async def test_a_ban_does_not_bind_who_is_staff_by_the_settings(bench: Bench) -> None:
    await bench.store.commit(_decided(Decision(ADMIN, banned=True)))
    await bench.say("hello", sender=ADMIN)
    assert await bench.platform.wait_for(CHAT, 1) == ["fine"]


# --- the allow list


async def test_with_the_allow_list_only_the_invited_are_answered(bench: Bench) -> None:
    await restart(bench, only_allowed=True)
    await bench.say("hello", sender=ANNA)
    stranger = texts.NOT_INVITED.say("en", company="Looksee", key=ANNA)
    assert await bench.platform.wait_for(CHAT, 1) == [stranger]
    await bench.say("hello?", sender=ANNA)
    await bench.command("help", sender=ANNA)
    assert await order(bench, "allow", ANNA) == sentences.ALLOWED.say("en", key=ANNA)
    await bench.say("now?", sender=ANNA)
    assert await bench.platform.wait_for(CHAT, 2) == [stranger, "fine"]
    assert await order(bench, "deny", ANNA) == sentences.DENIED.say("en", key=ANNA)
    await bench.say("and now?", sender=ANNA)
    assert await bench.platform.wait_for(CHAT, 3) == [stranger, "fine", stranger]
    assert asked(bench) == ["now?"]


async def test_what_does_not_take_effect_is_said(bench: Bench) -> None:
    assert sentences.LIST_IS_OFF.en in await order(bench, "allow", ANNA)
    assert sentences.NOT_BANNED.say("en", key=ANNA) == await order(bench, "unban", ANNA)
    assert sentences.NOT_LISTED.say("en", key="telegram:9") in await order(bench, "deny", "telegram:9")
    await order(bench, "ban", ANNA)
    assert sentences.BUT_BANNED.say("en", undo=f"/unban {ANNA}") in await order(bench, "allow", ANNA)


# --- quotas and floods


async def test_a_days_messages(bench: Bench) -> None:
    await restart(bench, messages_a_day=2)
    for number in range(4):
        await bench.say(f"question {number}", sender=ANNA)
        said = await quiet(bench)
    assert said[:2] == ["fine", "fine"]
    (refusal,) = said[2:]
    assert refusal.startswith(texts.USED_UP.en.partition("{")[0])
    assert asked(bench) == ["question 0", "question 1"]
    assert "2 messages" in await order(bench, "quota", ANNA)
    await order(bench, "quota", f"{ANNA} messages=3")
    await bench.say("one more", sender=ANNA)
    await quiet(bench)
    assert asked(bench)[-1] == "one more"


async def test_a_days_time_of_the_device(bench: Bench) -> None:
    await restart(bench, seconds_a_day=2)
    bench.model.token_ms = 1500.0
    for number in range(3):
        await bench.say(f"question {number}", sender=ANNA)
        await quiet(bench)
    assert asked(bench) == ["question 0", "question 1"]
    assert (await bench.store.person(ANNA)).activity.device_ms == 3000.0
    assert "3.0 seconds" in await order(bench, "quota", ANNA)


async def test_pictures_beyond_a_minutes_are_not_even_fetched(bench: Bench) -> None:
    await restart(bench, pictures_a_minute=1)
    await bench.say("look", sender=ANNA, files=(picture(),))
    await bench.platform.wait_for(CHAT, 1)
    await bench.say("and here", sender=ANNA, files=(b"never decoded",))
    assert await bench.platform.wait_for(CHAT, 2) == ["fine", texts.TOO_MANY_PICTURES.en]
    await bench.say("just words", sender=ANNA)
    assert (await bench.platform.wait_for(CHAT, 3))[-1] == "fine"
    assert bench.metrics.refused.labels("list", "too_many_pictures")._value.get() == 1


async def test_a_flood_gets_one_answer(bench: Bench) -> None:
    await restart(bench, messages_a_minute=5)
    for _ in range(300):
        await bench.command("status", sender=ANNA)
    said = await quiet(bench)
    assert said == [texts.STATUS_IDLE.en] * 5 + [texts.TOO_FAST.en]
    await bench.say("hello", sender="telegram:8")
    assert (await bench.platform.wait_for(CHAT, 7))[-1] == "fine"


async def test_who_hands_in_what_is_met_with_silence_learns_that_nothing_comes_of_it(bench: Bench) -> None:
    await order(bench, "ban", ANNA)
    said = [Inbound(f"said {number}", CHAT, Sender(ANNA), text="hello?") for number in range(2)]
    assert [await bench.core.intake.receive(inbound) for inbound in said] == [True, False]


async def test_agents_and_admins_have_no_limits(bench: Bench) -> None:
    await restart(bench, messages_a_day=1, messages_a_minute=1, only_allowed=True)
    for _ in range(3):
        await bench.say("hello", sender=ADMIN)
        await quiet(bench)
    assert bench.platform.texts(CHAT) == ["fine"] * 3


async def test_a_refusal_that_was_not_told_before_a_crash_is_told_after_it(bench: Bench) -> None:
    await order(bench, "ban", ANNA)
    bench.core.dispatcher._closed = True  # committed, and the process ends
    await bench.say("hello", sender=ANNA)
    await bench.stop()
    await bench.start()
    assert await bench.platform.wait_for(CHAT, 1) == [texts.SHUT_OUT.say("en", company="Looksee")]
    await bench.say("hello?", sender=ANNA)
    assert len(await quiet(bench)) == 1


async def test_quota_shows_what_holds_and_who_uses_most(bench: Bench) -> None:
    bench.model.token_ms = 1.0
    await bench.say("hello", sender=ANNA)
    await quiet(bench)
    said = await order(bench, "quota")
    assert "messages a day: 500; seconds of the model a day: 7200; pictures a minute: 40" in said
    assert f"- `{ANNA}` today: 1 messages" in said
    assert "no limit" in await order(bench, "quota", f"{ANNA} messages=0")
    assert "messages a day: 500" in await order(bench, "quota", f"{ANNA} messages=default")
    assert await order(bench, "quota", "messages=5") == sentences.QUOTA_OF_WHOM.en


# --- the audit


async def test_every_privileged_action_is_in_the_audit(bench: Bench) -> None:
    await bench.command("ban", f"{ANNA} my card number is 4111", sender="list:mallory")
    await bench.platform.wait_for(CHAT, 1)
    await order(bench, "ban", "anna:7")
    await order(bench, "ban", f"{ANNA} spam", chat=GROUP, private=False)
    await order(bench, "stats", chat=GROUP, private=False)
    await order(bench, "quota", f"{ANNA} messages=5")
    await bench.command("help")
    said = await order(bench, "audit", "2")
    assert await audited(bench) == [
        ("list:mallory", "ban", "", AuditOutcome.REFUSED),
        (ADMIN, "ban", "", AuditOutcome.INVALID),
        (ADMIN, "ban", f"{ANNA} spam", AuditOutcome.DONE),
        (ADMIN, "stats", "", AuditOutcome.REFUSED),
        (ADMIN, "quota", f"{ANNA} messages=5", AuditOutcome.DONE),
        (ADMIN, "audit", "", AuditOutcome.DONE),
    ]
    assert len(said.splitlines()) == 2
    assert f"`quota {ANNA} messages=5` done (`{OFFICE}`)" in said.splitlines()[0]
    assert "`stats` refused" in said.splitlines()[1]


async def test_an_action_that_fails_is_in_the_audit_too(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise RuntimeError("no figures")

    monkeypatch.setattr(bench.platform, "problem", broken)
    assert await order(bench, "health") == texts.ANSWER_FAILED.en
    assert await audited(bench) == [(ADMIN, "health", "", AuditOutcome.FAILED)]


async def test_what_tells_of_others_is_not_said_where_others_read(bench: Bench) -> None:
    for verb in ("stats", "health", "quota", "audit"):
        said = await order(bench, verb, chat=GROUP, private=False)
        assert said == sentences.NOT_HERE.say("en", command=f"/{verb}")
        assert said != await order(bench, verb, chat=GROUP, private=False, answer_to="only them")


async def test_the_usage_is_shown_in_the_callers_language(bench: Bench) -> None:
    assert "Type it like this: `/ban PERSON [reason]`, for example `/ban telegram:1234567 spam`" in await order(
        bench, "ban"
    )
    await bench.say("你好", chat=OFFICE, sender=ADMIN)
    await bench.platform.wait_for(OFFICE, 2)
    assert "`/ban 用户 [原因]`" in await order(bench, "ban")
    assert "`/quota [用户] [messages=" in await order(bench, "help")


@pytest.fixture(autouse=True)
async def _nothing_left(bench: Bench) -> AsyncIterator[None]:
    """Whatever was refused, nothing is left undone."""
    yield
    await until(lambda: _empty(bench))


async def _empty(bench: Bench) -> bool:
    return (await bench.store.backlog()).inbox == 0


def _decided(*decisions: Decision) -> Outcome:
    return Outcome(CHAT, (), decisions=decisions)
