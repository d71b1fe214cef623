"""Pictures that come with a command, and pictures that take the place of others."""

from __future__ import annotations

import pytest

from tests.test_desk.customers import Customer, OnSlack, OnTelegram, OnTheWeb
from tests.test_desk.model import asked_by_customers
from tests.test_desk.offices import InSlack, Office
from tests.test_desk.shop import Shop

WORDS = "It does not work"


@pytest.fixture(params=["telegram", "slack", "web"])
def someone(request: pytest.FixtureRequest) -> Customer:
    """A customer, wherever they are."""
    made: dict[str, type[OnTelegram | OnSlack | OnTheWeb]] = {
        "telegram": OnTelegram,
        "slack": OnSlack,
        "web": OnTheWeb,
    }
    return made[request.param]()


class TestWithTheCommand:
    """`/human` and a screenshot, sent as one message."""

    @pytest.fixture
    def customer(self, someone: Customer) -> Customer:
        return someone

    @pytest.fixture
    def offices(self, customer: Customer) -> list[Office]:
        return [InSlack(customer.connected) if isinstance(customer, OnSlack) else InSlack()]

    async def test_agents_see_words_and_picture(self, shop: Shop, customer: Customer, offices: list[Office]) -> None:
        lead = "!" if isinstance(customer, OnSlack) else "/"
        await customer.say(f"{lead}human {WORDS}", "maroon")
        room = await shop.room(offices[0])
        await shop.rest()
        shown = offices[0].sees(room)
        assert [colour for seen in shown for colour in seen.pictures] == ["maroon"]
        assert WORDS in shown[0].text
        assert "human" not in shown[0].plain.text.split("question")[-1]
        await customer.say("And now?")
        await shop.rest()
        seen = [len(message.images) for message in shop.world.model.prompts[-1].messages if message.role == "user"]
        assert sum(seen) == 1


async def test_an_album_with_the_command_is_shown_whole(shop: Shop, customer: OnTelegram, in_slack: InSlack) -> None:
    await customer.say(f"/human {WORDS}", "maroon", "navy")
    room = await shop.room(in_slack)
    await shop.rest()
    shown = in_slack.sees(room)
    assert sorted(colour for seen in shown for colour in seen.pictures) == ["maroon", "navy"]
    assert asked_by_customers(shop.world.model.prompts) == []
