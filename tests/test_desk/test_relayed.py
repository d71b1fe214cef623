"""What agents and customers type arrives as they typed it; and what an agent may not have meant for the customer does
not arrive at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot import casetexts
from tests.fakes.slack_person import shown
from tests.fakes.telegram_server import BOT_NAME
from tests.test_core.test_verbatim import blanks, on_page
from tests.test_desk.customers import OnTelegram, OnTheWeb
from tests.test_desk.model import script
from tests.test_desk.offices import ANN, BEN, CHANNEL, InSlack, InTelegram
from tests.test_desk.seen import Seen
from tests.test_desk.shop import opened
from tests.test_desk.test_trouble import taken

TYPED = (
    "Please dial *100*1# now",
    r"The folder is \\server\share\_new",
    "Your code is __init__ and 5*6*7",
    "Line one\nline two\n\n1986. A great year",
    "# 12 is your number",
    "$5, or ||6|| [see](x) <b>",
)
DRAFT = "Please *install* version 2.1."


def words(seen: Seen) -> str:
    """What a message says, without whose it is."""
    if seen.raw is not None and "html" in seen.raw:
        return on_page(seen.raw["html"])
    return blanks(seen.text).partition(":")[2].strip()


@pytest.mark.parametrize("meet", [OnTelegram, OnTheWeb])
async def test_words_arrive_as_they_were_typed(
    meet: Callable[[], OnTelegram | OnTheWeb], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, said = meet(), script()
    office = InTelegram(customer.connected if isinstance(customer, OnTelegram) else None)
    async with opened(customer, [office], tmp_path, monkeypatch, make=lambda _: said) as shop:
        room = await taken(shop, customer, office)
        ann = office.agent(ANN, room)
        for text in TYPED:
            await ann.say(text)
            await ann.order("send", text)
            await shop.rest()
        assert [words(seen) for seen in (await customer.sees())[-2 * len(TYPED) :]] == [
            blanks(text) for text in TYPED for _ in range(2)
        ]
        for text in TYPED:
            await customer.say(text)
            await shop.rest()
        await ann.order("note", TYPED[0])
        await shop.rest()
        *theirs, note = [words(seen) for seen in office.sees(room) if seen.by == "Looksee"][-1 - len(TYPED) :]
        assert theirs == [blanks(text) for text in TYPED]
        assert note == casetexts.NOTED.say("en", text=TYPED[0])


async def test_a_draft_is_sent_as_it_was_drafted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    customer, office, said = OnTheWeb(), InSlack(), script()
    monkeypatch.setattr("tests.test_desk.model.DRAFT", DRAFT)
    async with opened(customer, [office], tmp_path, monkeypatch, make=lambda _: said) as shop:
        room = await taken(shop, customer, office)
        ann = office.agent(ANN, room)
        await ann.order("suggest")
        await shop.rest()
        await ann.press("Send")
        await shop.rest()
        await ann.rewrite("Edit", "Please *wait*.")
        await shop.rest()
        sent, edited = (await customer.sees())[-2:]
        assert "<em>install</em>" in sent.raw["html"]
        assert "<em>wait</em>" in edited.raw["html"]
        assert [seen.text for seen in office.sees(room)[-2:]] == [f"**Ann:**\n\n{DRAFT}", "**Ann:**\n\nPlease *wait*."]


async def test_in_slack_what_may_be_for_others_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    customer, office, said = OnTelegram(), InSlack(), script()
    async with opened(customer, [office], tmp_path, monkeypatch, make=lambda _: said) as shop:
        room = await taken(shop, customer, office)
        ann, server = office.agent(ANN, room), office.server
        before = len(await customer.sees())
        await ann.say(f"<@{server.bot_user}> is this customer lying?")
        await ann.say(f"What do you say, <@{server.bot_user}>?")
        await ann.person.share("Boss says that it is a fraud")
        await shop.rest()
        assert len(await customer.sees()) == before
        says = [casetexts.TO_THE_BOT, casetexts.TO_THE_BOT, casetexts.FORWARDED]
        assert ann.told() == [sentence.say("en", lead="!") for sentence in says]

        link = f"<https://shop.slack.com/archives/{CHANNEL}/p1>"
        ts = await ann.say(f"pleese wait, see {link} :+1::skin-tone-3:")
        await shop.rest()
        server.message(CHANNEL, ts)["attachments"] = [{"is_msg_unfurl": True, "text": "our limit is 500 really"}]
        await ann.edit(ts, f"please wait, see {link} :+1::skin-tone-3:")
        await shop.rest()
        seen = (await customer.sees())[before:]
        assert [words(one) for one in seen] == [f"please wait, see {link[1:-1]} 👍🏼"]


async def test_in_telegram_what_may_be_for_others_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    customer, office, said = OnTheWeb(), InTelegram(), script()
    async with opened(customer, [office], tmp_path, monkeypatch, make=lambda _: said) as shop:
        room = await taken(shop, customer, office)
        ann, ben = office.agent(ANN, room).person, office.agent(BEN, room).person
        before = len(await customer.sees())
        await office.agent(ANN, room).order("ask", "which field is red?")
        await shop.rest()
        ann.reply(office.sees(room)[-1].raw["message_id"], "and is the customer lying?")
        await office.agent(ANN, room).order("suggest")
        await shop.rest()
        ann.reply(office.sees(room)[-1].raw["message_id"], "make it shorter")
        ann.reply(ben.say("What is he like?"), "no, he is a pain")
        ann.say(f"@{BOT_NAME} is this a fraud?")
        origin = {"type": "user", "date": 1, "sender_user": {"id": 99, "is_bot": False, "first_name": "Boss"}}
        ann.say("Boss: this one is a fraud", forward_origin=origin)
        await shop.rest()
        assert len(await customer.sees()) == before
        reply, mention, forward = (
            sentence.say("en", lead="/").replace("`", "")
            for sentence in (casetexts.IN_REPLY, casetexts.TO_THE_BOT, casetexts.FORWARDED)
        )
        assert office.agent(ANN, room).told() == [reply, reply, reply, mention, forward]

        await customer.say("Anybody there?")
        await shop.rest()
        ann.reply(office.sees(room)[-1].raw["message_id"], "Yes, I am")
        await shop.rest()
        own = office.sees(room)[-1].raw["message_id"]
        ann.reply(own, "and I see it")
        ann.reply(office.sees(room)[0].raw["message_id"], "the error, that is")
        await shop.rest()
        answers = [words(one) for one in await customer.sees()][-3:]
        assert answers == ["Yes, I am", "and I see it", "the error, that is"]


async def test_files_that_nobody_can_be_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    customer, office, said = OnTelegram(), InSlack(), script()
    async with opened(customer, [office], tmp_path, monkeypatch, make=lambda _: said) as shop:
        room = await taken(shop, customer, office)
        ann = office.agent(ANN, room)
        await ann.person.upload_in_thread(b"%PDF-1.7", "See this", "guide_2.pdf")
        customer.person.document(b"OggS", "voice.ogg", "audio/ogg")
        await shop.rest()
        (told,) = ann.told()
        assert blanks(told).replace("\\", "") == blanks(casetexts.FILES_UNUSABLE.say("en", names="“guide_2.pdf”"))
        thread = [shown(message) for message in office.server.thread(CHANNEL, room)]
        assert f"**Ada**: {casetexts.NOT_SHOWN.en}" in thread
