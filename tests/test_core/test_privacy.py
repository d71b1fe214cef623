"""What people can have erased and exported, while the service runs."""

from __future__ import annotations

import asyncio
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bot.archive import MANIFEST
from bot.errors import RetryLaterError
from bot.exports import INDEX
from bot.messages import ChatKey, Kind
from bot.people import AuditOutcome
from bot.records import Holdings
from bot.sections import PrivacySettings
from bot.verbs import sentences
from tests.contracts.traces import traces
from tests.test_core.conftest import CHAT, Bench, picture
from tests.waiting import until

ADMIN = "telegram:1"
OFFICE = ChatKey("list", "", "office")
FAMILY = ChatKey("list", "", "family")
ASKED, SAID, NAME, FILE = "canary-asked-ж", "canary-said-答", "canary-name", "canary file.pdf"


async def ask(bench: Bench, text: str, *, chat: ChatKey = CHAT, **more: Any) -> None:
    """Ask, and wait for the answer to be delivered."""
    before = len(bench.platform.texts(chat))
    await bench.say(text, chat=chat, **more)
    await bench.platform.wait_for(chat, before + 1)
    await bench.core.delivery.drain()


async def order(bench: Bench, verb: str, text: str = "", **more: Any) -> str:
    """Give a command, and return what is said to it."""
    chat = more.get("chat", CHAT)
    before = len(bench.platform.texts(chat))
    await bench.command(verb, text, **more)
    return (await bench.platform.wait_for(chat, before + 1))[-1]


async def test_forget_says_what_goes_and_waits_for_a_yes(bench: Bench) -> None:
    await ask(bench, "look", files=(picture(),))
    said = await order(bench, "forget")
    assert "questions: 1, answers: 1, pictures: 1" in said
    assert "`/forget yes`" in said
    assert len(await bench.store.history(CHAT)) == 2
    assert "`perhaps`" in await order(bench, "forget", "perhaps")
    assert len(await bench.store.history(CHAT)) == 2
    said = await order(bench, "forget", "yes")
    assert said.startswith("Done")
    assert await bench.store.history(CHAT) == []
    assert str(CHAT) in bench.model.forgotten
    assert bench.platform.forgotten == [CHAT]
    await ask(bench, "And now?")
    assert len(bench.model.prompts[-1].messages) == 2  # the system's and the question: nothing of before


async def test_forget_in_chinese(bench: Bench) -> None:
    await ask(bench, "这是什么？")
    said = await order(bench, "forget")
    assert "`/forget 确认`" in said
    assert (await order(bench, "forget", "确认")).startswith("已删除")
    assert await bench.store.export(CHAT) != []  # what was said last, and nothing else
    (chat,) = await bench.store.export(CHAT)
    assert chat.turns == ()


async def test_what_is_answered_and_what_waits_is_withdrawn(bench: Bench) -> None:
    await ask(bench, "first")
    bench.model.gate.clear()
    bench.model.asked.clear()
    await bench.say("being answered")
    await bench.model.asked.wait()
    await bench.say("waiting")
    await bench.command("forget", "yes")
    await until(lambda: _done(bench))
    assert await bench.store.history(CHAT) == []
    bench.model.gate.set()
    await ask(bench, "a new question")
    assert [turn.text for turn in await bench.store.history(CHAT)] == ["a new question", "fine"]
    assert [prompt.messages[-1].text for prompt in bench.model.prompts] == ["first", "being answered", "a new question"]


async def _done(bench: Bench) -> bool:
    return any(said.startswith("Done") for said in bench.platform.texts(CHAT))


async def test_an_answer_that_waits_to_be_sent_is_not_sent_any_more(bench: Bench) -> None:
    bench.platform.faults = [RetryLaterError("later", seconds=0.2)]
    await bench.say("look")
    await bench.platform.wait_for_attempts(1)
    await order(bench, "forget", "yes")
    await bench.core.delivery.drain()
    assert "fine" not in bench.platform.texts(CHAT)
    assert len(bench.platform.texts(CHAT)) == 1


async def test_an_admin_erases_a_chat_and_nothing_of_it_is_left(bench: Bench, tmp_path: Path) -> None:
    bench.model.script = lambda prompt: (SAID,)
    await ask(bench, f"elsewhere {ASKED[:6]}", chat=FAMILY, sender="list:bob")
    shot = picture("teal", (90, 70))
    await ask(bench, ASKED, files=(shot, b"%PDF-1.7 canary"), names=("a.png", FILE))
    await bench.say(kind=Kind.FEEDBACK, message=f"m{bench.platform.sent[-1].id}", rating=1)
    stored = await bench.store.images(tuple(ref for turn in await bench.store.history(CHAT) for ref in turn.images))
    pictures = [image.data for image in stored.values()]
    assert traces(tmp_path, [ASKED, SAID, FILE], pictures) != []

    office: dict[str, Any] = {"chat": OFFICE, "sender": ADMIN}
    said = await order(bench, "erase", str(CHAT), **office)
    assert "questions: 1" in said
    assert f"`/erase {CHAT} yes`" in said
    assert await bench.store.holdings(CHAT) != Holdings()
    assert "any more" in await order(bench, "erase", f"{CHAT} yes", **office)
    await bench.core.delivery.drain()
    assert await bench.store.scrub()
    assert traces(tmp_path, [ASKED, FILE], pictures) == []
    (_, answer) = await bench.store.history(FAMILY)
    assert answer.text == SAID
    assert "Nothing is held" in await order(bench, "erase", f"{CHAT} yes", **office)
    outcomes = [(entry.action, entry.detail, entry.outcome) for entry in await bench.store.audit(9)]
    assert outcomes == [
        ("erase", str(CHAT), AuditOutcome.REFUSED),
        ("erase", str(CHAT), AuditOutcome.DONE),
        ("erase", str(CHAT), AuditOutcome.REFUSED),
    ]


async def _asked_twice(bench: Bench) -> bool:
    return len(bench.model.prompts) == 2


async def test_while_a_chat_is_erased_others_go_on(bench: Bench) -> None:
    bench.model.gate.clear()
    await bench.say("mine")
    await bench.say("another's", chat=FAMILY, sender="list:bob")
    await until(lambda: _asked_twice(bench))
    await order(bench, "erase", f"{CHAT} yes", chat=OFFICE, sender=ADMIN)
    assert await bench.store.history(CHAT) == []
    assert bench.core.dispatcher.answering(FAMILY)
    bench.model.gate.set()
    await bench.platform.wait_for(FAMILY, 1)


async def test_in_a_group_forget_is_about_oneself(bench: Bench) -> None:
    group: dict[str, Any] = {"chat": FAMILY, "private": False}
    await ask(bench, "anna's", **group)
    await ask(bench, "bob's", **group, sender="list:bob")
    assert "questions: 1" in await order(bench, "forget", **group)
    await order(bench, "forget", "yes", **group)
    assert [turn.text for turn in await bench.store.history(FAMILY)] == ["bob's", "fine"]


@pytest.mark.parametrize("subject", ["nonsense", "telegram:", "telegram:0", "a/b/c/d", "web:xyz"])
async def test_what_is_no_chat_and_nobody_is_not_erased(bench: Bench, subject: str) -> None:
    said = await order(bench, "erase", subject, chat=OFFICE, sender=ADMIN)
    assert "neither a chat nor a person" in said
    assert (await bench.store.audit(1))[0].outcome is AuditOutcome.INVALID


async def test_nobody_is_erased_who_is_not_named(bench: Bench) -> None:
    assert (await order(bench, "erase", "", chat=OFFICE, sender=ADMIN)).startswith("Which chat or person do you mean?")


async def test_an_export_is_a_file_with_everything(bench: Bench, tmp_path: Path) -> None:
    await ask(bench, "<b>look</b> &", files=(picture(),), message="c-1")
    await ask(bench, "not yours", chat=FAMILY, sender="list:bob")
    await bench.say(kind=Kind.FEEDBACK, message=f"m{bench.platform.sent[0].id}", rating=-1)
    said = await order(bench, "export", str(CHAT), chat=OFFICE, sender=ADMIN)
    (path,) = await asyncio.to_thread(lambda: list((bench.settings.data_dir / "exports").iterdir()))
    assert f"`{path}`" in said
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as file:
        content, page = json.loads(file.read(MANIFEST)), file.read(INDEX).decode()
        (name,) = [name for name in file.namelist() if name.startswith("pictures/")]
        image = file.read(name)
    (chat,) = content["chats"]
    question, answer = chat["turns"]
    assert (content["of"], chat["chat"], question["text"]) == (str(CHAT), str(CHAT), "<b>look</b> &")
    assert (question["message_ids"], question["speaker"], question["sender"]) == (["c-1"], "customer", "list:anna")
    assert question["at"].endswith("+00:00")
    assert name == f"pictures/{question['pictures'][0]['sha256']}.png"
    assert answer["feedback"][0]["rating"] == -1
    assert answer["usage"]["model"] == "scripted"
    assert image.startswith(b"\x89PNG")
    assert "&lt;b&gt;look&lt;/b&gt; &amp;" in page
    assert f'src="{name}"' in page
    assert "not yours" not in page + json.dumps(content)
    # What is erased goes from the exports, too.
    await order(bench, "erase", f"{CHAT} yes", chat=OFFICE, sender=ADMIN)
    assert not path.exists()


async def test_of_nobody_nothing_is_exported(bench: Bench) -> None:
    said = await order(bench, "export", "telegram:77", chat=OFFICE, sender=ADMIN)
    assert said == sentences.NOTHING_HELD.say("en", subject="telegram:77")


async def test_what_is_masked_is_neither_stored_nor_shown_to_the_model(tmp_path: Path, bench: Bench) -> None:
    await bench.stop()
    bench.settings = bench.settings.model_copy(update={"privacy": PrivacySettings(mask_cards=True, mask_phones=True)})
    await bench.start()
    bench.model.script = lambda prompt: ("It reads 4111 ", "1111 1111 1111, call +1 415 555 2671.")
    await ask(bench, "My card 4111111111111111, phone 13800138000, order 13800138000-1, a@b.com")
    kept = "My card [card number …1111], phone [phone number], order 13800138000-1, a@b.com"
    assert bench.model.prompts[-1].messages[-1].text == kept
    said = "It reads [card number …1111], call +1 415 555 2671."
    assert [turn.text for turn in await bench.store.history(CHAT)] == [kept, said]
    assert bench.platform.texts(CHAT) == [said]
    assert traces(tmp_path, ["4111111111111111", "4111 1111 1111 1111", "phone 13800138000"]) == []
    await order(bench, "ban", "telegram:13800138000", sender=ADMIN)  # a command's words are needed as they are
    assert (await bench.store.audit(1))[0].detail == "telegram:13800138000"
