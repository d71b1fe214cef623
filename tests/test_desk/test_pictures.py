"""Pictures that come with a command, and pictures that take the place of others."""

from __future__ import annotations

import pytest

from bot import casetexts
from tests.test_desk.customers import Customer, OnSlack, OnTelegram, OnTheWeb
from tests.test_desk.model import asked_by_customers
from tests.test_desk.offices import ANN, InSlack, InTelegram, Office
from tests.test_desk.seen import BOT, Seen, colour
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


class TestExchanged:
    """A message is edited and has another picture then."""

    @pytest.fixture
    def customer(self, someone: Customer) -> Customer:
        return someone

    @pytest.fixture
    def in_slack(self, customer: Customer) -> InSlack:
        return InSlack(customer.connected if isinstance(customer, OnSlack) else None)

    @pytest.fixture
    def in_telegram(self, customer: Customer) -> InTelegram:
        return InTelegram(customer.connected if isinstance(customer, OnTelegram) else None)

    @pytest.fixture
    def offices(self, in_slack: InSlack, in_telegram: InTelegram) -> list[Office]:
        """Both, so that each has a copy of what is said in the other."""
        return [in_slack, in_telegram]

    @pytest.mark.parametrize("someone", ["telegram", "slack"], indirect=True)
    @pytest.mark.parametrize("restarted", [False, True], ids=["", "restarted"])
    async def test_a_customers_picture_is_another_one_for_agents(
        self, shop: Shop, customer: Customer, offices: list[Office], restarted: bool
    ) -> None:
        rooms = await _taken(shop, customer, offices)
        said = await customer.say(WORDS, "maroon")
        await shop.rest()
        await customer.say("Do you see it?")
        await shop.rest()
        if restarted:
            await shop.world.stop()
            await shop.world.start()
        await customer.edit(said, WORDS, "green")
        await shop.rest()
        for office, room in zip(offices, rooms, strict=True):
            copy, _, told = [seen.plain for seen in office.sees(room)][-3:]
            assert copy == Seen(BOT, f"Ada: {WORDS}", ("green",))
            assert told == Seen(BOT, casetexts.EXCHANGED.say("en", actor="Ada"))
        await customer.edit(said, "It does work", "green")
        await shop.rest()
        for office, room in zip(offices, rooms, strict=True):
            copy, *_ = [seen.plain for seen in office.sees(room) if "work" in seen.text]
            assert copy == Seen(BOT, "Ada: It does work", ("green",))

    async def test_an_agents_picture_is_another_one_for_the_customer(
        self, shop: Shop, customer: Customer, offices: list[Office]
    ) -> None:
        rooms = await _taken(shop, customer, offices)
        for number, office in enumerate(offices):
            ann = office.agent(ANN, rooms[number])
            if number:
                await ann.order("take")
                await shop.rest()
            said = await ann.say("Press the maroon one", "maroon")
            await shop.rest()
            await ann.edit(said, "Press the green one", "green")
            await shop.rest()
            expected = Seen(BOT, "Ann: Press the green one", ("green",))
            assert (await customer.sees())[-1].plain == expected
            other = offices[1 - number].sees(rooms[1 - number])
            assert [seen.plain for seen in other][-2:] == [
                expected,
                Seen(BOT, casetexts.EXCHANGED.say("en", actor=ANN)),
            ]
            await ann.order("release", "waiting")
            await shop.rest()

    @pytest.mark.parametrize("someone", ["telegram"], indirect=True)
    async def test_the_model_sees_the_new_one(self, shop: Shop, customer: Customer, offices: list[Office]) -> None:
        (room, _) = await _taken(shop, customer, offices)
        said = await customer.say(WORDS, "maroon")
        await shop.rest()
        await customer.say("Do you see it?")
        await shop.rest()
        await customer.edit(said, WORDS, "green")
        await shop.rest()
        await offices[0].agent(ANN, room).order("release")
        await shop.rest()
        await customer.say("And you?")
        await shop.rest()
        prompt = [prompt for prompt in shop.world.model.prompts if not prompt.branch_of][-1]
        shown = [colour(image.data) for message in prompt.messages for image in message.images]
        assert shown == ["navy", "green"]


async def _taken(shop: Shop, customer: Customer, offices: list[Office]) -> list[str]:
    """A case that Ann has in Slack; returns its rooms."""
    await customer.say("I want to talk to a person", "navy")
    rooms = [await shop.room(office) for office in offices]
    await shop.rest()
    await offices[0].agent(ANN, rooms[0]).press("Take")
    await shop.rest()
    return rooms
