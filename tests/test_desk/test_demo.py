"""The demo model between a customer on Telegram and agents in Slack. What it reads off screenshots is tested in
`tests/test_demo`; here, that it sees them from where the agents are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.contracts.customer import Upload
from tests.contracts.world import embedded
from tests.screenshots import dialog, order, says
from tests.test_desk.customers import OnTelegram
from tests.test_desk.offices import ANN, InSlack
from tests.test_desk.shop import opened

DIALOG, ORDER = dialog(), order()


async def test_agents_ask_about_the_customers_screenshot_and_about_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, office = OnTelegram(), InSlack()
    given = {"PATH": "", "MMPROJ_PATH": "", "THREADS": "1", "MAX_TOKENS": "256"}
    settings = {f"LOOKSEE_MODEL__{name}": value for name, value in given.items()}
    async with opened(customer, [office], tmp_path, monkeypatch, make=embedded, settings=settings) as shop:
        assert shop.world.settings.model.embedded
        await customer.connected.say("What is the title?", [Upload(DIALOG.data)])
        await shop.rest()
        await customer.press("Talk to a person")
        room = await shop.room(office)
        await shop.rest()
        told = await customer.sees()
        ann = office.agent(ANN, room)

        await ann.order("ask", "What is the error code?")
        await shop.rest()
        assert says(office.sees(room)[-1].text, DIALOG.error_code)
        await ann.person.upload_in_thread(ORDER.data, "!ask What is the total?")
        await shop.rest()
        assert says(office.sees(room)[-1].text, ORDER.total)

        await ann.press("Extract")
        await shop.rest()
        shown, file = office.sees(room)[-2:]
        ticket = json.loads(office.server.files[file.raw["files"][0]["id"]].data)
        assert (file.files, ticket["error_code"]) == (("ticket-1.json",), DIALOG.error_code)
        assert shown.text == f"```json\n{json.dumps(ticket, indent=2)}\n```"
        assert await customer.sees() == told
