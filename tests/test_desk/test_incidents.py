"""Many customers send the same screenshot: agents are told once, and answer all of them with one message."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contracts.customer import Upload
from tests.fakes.telegram_person import Person
from tests.screenshots import dialog
from tests.test_desk.customers import OnTelegram, OnTheWeb, on_telegram
from tests.test_desk.model import script
from tests.test_desk.offices import ANN, BEN, InSlack, InTelegram, Office
from tests.test_desk.seen import BOT
from tests.test_desk.shop import Shop, opened

DIALOG = dialog()
ANSWER = "We know of E-4127: it is mended by tonight."
LATER = "It is mended: please try again."


class Customers:
    """Ada and Bob on Telegram, and somebody on the web page."""

    def __init__(self) -> None:
        self.ada = OnTelegram()
        self.bob = Person(self.ada.server, 1002, name="Bob")
        self.web = OnTheWeb()

    async def told(self) -> list[list[str]]:
        """What each of them has been told, the answers of the model left out."""
        bob = [on_telegram(self.ada.server, message) for message in self.ada.server.sent(self.bob.place)]
        chats = [await self.ada.sees(), bob, await self.web.sees()]
        return [[seen.plain.text for seen in chat if seen.by == BOT and "About “" not in seen.text] for chat in chats]


async def _looked(shop: Shop) -> None:
    """Have what came in looked at, and told."""
    await shop.rest()
    await shop.world.bot.core.lookout.look()
    await shop.rest()


@pytest.mark.parametrize("office", [InSlack, InTelegram], ids=lambda office: office.__name__)
async def test_agents_are_told_once_and_answer_all(
    office: type[Office], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers, said = Customers(), script()
    agents = InTelegram(customers.ada.connected) if office is InTelegram else InSlack()
    web = customers.web.connected
    async with opened(
        customers.ada,
        [agents],
        tmp_path,
        monkeypatch,
        make=lambda _: said,
        further=[web],
        settings={"LOOKSEE_DESK__INCIDENT_CUSTOMERS": "2"},
    ) as shop:
        await customers.ada.connected.say("What does E-4127 mean?", [Upload(DIALOG.data)])
        customers.bob.photo(DIALOG.data, "E-4127 again")
        await _looked(shop)
        hall = "0" if office is InTelegram else agents.rooms()[0]
        (notice,) = agents.sees(hall)
        assert "2 customers sent this screenshot" in notice.text
        assert "E-4127" in notice.text
        assert len(notice.pictures) == 1
        ann = agents.agent(ANN, hall)
        await (ann.rewrite("Answer all", ANSWER) if agents.windows else ann.order("answer", f"i1 {ANSWER}"))
        await shop.rest()
        assert await customers.told() == [[f"Ann: {ANSWER}"], [f"Ann: {ANSWER}"], []]

        await web.say("I see E-4127", [Upload(DIALOG.data)])
        await web.wait_for(1)
        await _looked(shop)
        assert "3 customers sent this screenshot" in agents.sees(hall)[0].text
        if isinstance(agents, InTelegram):
            agents.agent(BEN, hall).person.reply(notice.raw["message_id"], f"/answer {LATER}")
        else:
            await agents.agent(BEN, hall).order("answer", LATER)
        await shop.rest()
        assert await customers.told() == [[f"Ann: {ANSWER}"], [f"Ann: {ANSWER}"], [f"Ben: {LATER}"]]
