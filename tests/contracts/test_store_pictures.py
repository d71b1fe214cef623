"""What every store of conversations does about pictures and what prompts show: numbers, descriptions, views."""

from __future__ import annotations

from bot.messages import Context, Image, ImageRef, NewTurn, Picture, Recall, View
from bot.outcome import Outcome
from bot.stores import ConversationStore
from tests.contracts.stores import CHAT, OTHER, converse, deliver, picture, texts


async def numbers(store: ConversationStore) -> list[tuple[int, ImageRef]]:
    return [(found.number, found.ref) for found in (await store.context(CHAT)).pictures]


async def recall(store: ConversationStore, name: str, *recalled: Recall, images: tuple[Image, ...] = ()) -> None:
    refs = tuple(image.ref for image in images)
    question = NewTurn("customer", name, refs, (name,), recalled=recalled)
    await store.commit(Outcome(CHAT, (), question=question, answer=NewTurn("bot", "a"), images=images))


async def test_an_unknown_chat_has_an_empty_context(store: ConversationStore) -> None:
    assert await store.context(CHAT) == Context()


async def test_a_context_has_view_turns_and_pictures(store: ConversationStore) -> None:
    one, two = picture(1), picture(2)
    await converse(store, "1", images=(one,))
    await converse(store, "2", images=(two,))
    turns = await store.history(CHAT)
    first, second = (Picture(number, turns[2 * number - 2].id, shot.ref) for number, shot in ((1, one), (2, two)))
    assert await store.context(CHAT) == Context(View(), tuple(turns), (first, second))
    view = View(turns[2].id, turns[3].id, 7, "zh")
    await store.set_view(CHAT, view)
    assert await store.context(CHAT) == Context(view, tuple(turns[2:]), (first, second))
    assert await store.history(CHAT) == turns
    await store.set_view(CHAT, View(turns[3].id))
    assert (await store.context(CHAT)).turns == tuple(turns[3:])
    assert await store.context(OTHER) == Context()


async def test_a_new_conversation_begins_without_view_and_numbers(store: ConversationStore) -> None:
    await converse(store, "1", images=(picture(1),))
    await store.set_view(CHAT, View(99, 99, 9, "zh"))
    await store.commit(Outcome(CHAT, (), reset=True))
    assert await store.context(CHAT) == Context()
    await converse(store, "2", images=(picture(2),))
    context = await store.context(CHAT)
    assert context.view == View()
    assert [turn.text for turn in context.turns] == ["What is this?", "A form."]
    assert await numbers(store) == [(1, picture(2).ref)]


async def test_each_picture_has_one_number_which_stays(store: ConversationStore) -> None:
    one, two, three, four = (picture(seed) for seed in range(1, 5))
    await converse(store, "1", images=(two, one))
    await converse(store, "2", images=(three, one))
    expected = [(1, two.ref), (2, one.ref), (3, three.ref)]
    assert await numbers(store) == expected
    await store.retract(CHAT, "1")
    assert await numbers(store) == expected[1:]
    await converse(store, "3", images=(four, two))
    assert await numbers(store) == [*expected[1:], (4, four.ref), (5, two.ref)]


async def test_an_edited_questions_pictures_keep_their_numbers(store: ConversationStore) -> None:
    one, two, three = (picture(seed) for seed in range(1, 4))
    await converse(store, "1", images=(one,))
    await converse(store, "2", images=(two,))
    edited = await store.find_turn(CHAT, "2")
    assert edited is not None
    await converse(store, "2b", images=(two, three), supersedes=edited.id)
    assert await numbers(store) == [(1, one.ref), (2, two.ref), (3, three.ref)]


async def test_recalled_pictures_come_back_with_their_turn(store: ConversationStore) -> None:
    one, two, three = (picture(seed) for seed in range(1, 4))
    await converse(store, "1", images=(one, two))
    again, meant = Recall(two.ref, again=True), Recall(one.ref, again=False)
    await recall(store, "2", again, meant, images=(three,))
    turn = (await store.history(CHAT))[2]
    assert (turn.images, turn.recalled, turn.shown) == ((three.ref,), (again, meant), (two.ref, three.ref))
    assert await store.find_turn(CHAT, "2") == turn
    assert await numbers(store) == [(1, one.ref), (2, two.ref), (3, three.ref)]
    assert [entry.images for entry in await store.transcript(CHAT)][2] == (three.ref,)


async def test_a_picture_of_an_earlier_conversation_is_numbered_when_it_is_recalled(store: ConversationStore) -> None:
    await converse(store, "1", images=(picture(1),))
    await store.commit(Outcome(CHAT, (), reset=True))
    await converse(store, "2", images=(picture(2),))
    await recall(store, "3", Recall(picture(1).ref, again=True))
    assert await numbers(store) == [(1, picture(2).ref), (2, picture(1).ref)]


async def test_retract_takes_a_picture_out_of_the_questions_that_recalled_it(store: ConversationStore) -> None:
    shot, kept = picture(1), picture(2)
    await converse(store, "1", images=(shot,))
    await converse(store, "2", images=(kept,))
    await recall(store, "3", Recall(shot.ref, again=True), Recall(kept.ref, again=False))
    await converse(store, "elsewhere", chat=OTHER, images=(kept,))
    await store.retract(CHAT, "1")
    assert await store.images([shot.ref]) == {}
    turn = await store.find_turn(CHAT, "3")
    assert turn is not None
    assert turn.recalled == (Recall(kept.ref, again=False),)
    await store.retract(CHAT, "2")
    assert list(await store.images([kept.ref])) == [kept.ref.sha256]  # the other chat's
    await store.retract(OTHER, "elsewhere")
    assert await store.images([kept.ref]) == {}
    assert "3" in await texts(store)


async def test_a_description_is_stored_once_and_goes_with_its_turn(store: ConversationStore) -> None:
    one, two = picture(1), picture(2)
    await converse(store, "1", images=(one,))
    await converse(store, "2", images=(two, one))
    first, second = (await store.context(CHAT)).pictures
    await converse(store, "other", chat=OTHER, images=(one,))
    assert not await store.describe(OTHER, first, "another chat's turn")
    assert await store.describe(CHAT, second, "cart, 3 items")
    assert await store.describe(CHAT, first, "")
    assert not await store.describe(CHAT, first, "something else")
    found = (await store.context(CHAT)).pictures
    assert [(item.number, item.description) for item in found] == [(1, ""), (2, "cart, 3 items")]
    assert found[0].described > found[1].described > 0  # in the order in which they were made
    await store.retract(CHAT, "1")
    assert not await store.describe(CHAT, first, "gone")
    left = (await store.context(CHAT)).pictures[0]
    assert (left.number, left.description, left.described) == (1, "", 0)
    assert (await store.context(OTHER)).pictures[0].described == 0


async def test_the_pictures_that_a_message_is_about(store: ConversationStore) -> None:
    one, two = picture(1), picture(2)
    await deliver(store, await converse(store, "1", images=(one,)), "a1")
    await deliver(store, await converse(store, "2", "go on"), "a2")
    await deliver(store, await converse(store, "3", images=(two,)), "a3")

    async def about(message: str) -> tuple[ImageRef, ...]:
        turn = await store.find_pictured(CHAT, message)
        return turn.images if turn is not None else ()

    found = [await about(name) for name in ("1", "a1", "2", "a2", "3", "a3", "nothing")]
    assert found == [(one.ref,), (one.ref,), (), (one.ref,), (two.ref,), (two.ref,), ()]
    await store.commit(Outcome(CHAT, (), reset=True))
    assert await about("a2") == (one.ref,)
    await deliver(store, await converse(store, "4"), "a4")
    assert await about("a4") == ()
    assert await store.find_pictured(OTHER, "1") is None


async def test_other_pictures_take_the_place_of_a_questions_own(store: ConversationStore) -> None:
    one, two, three, new = (picture(seed) for seed in range(1, 5))
    await converse(store, "1", images=(one, two, three))
    await recall(store, "2", Recall(two.ref, again=True))
    assert await store.amend(CHAT, "1", "Look", (one, new, three))
    question, _, later, _ = await store.history(CHAT)
    assert (question.text, question.images) == ("Look", (one.ref, new.ref, three.ref))
    assert later.recalled == ()
    assert sorted(await numbers(store)) == [(1, one.ref), (3, three.ref), (4, new.ref)]
    assert await store.images([two.ref]) == {}
    assert await store.amend(CHAT, "1", "Look", (new,))
    assert (await store.history(CHAT))[0].images == (new.ref,)
    assert await store.amend(CHAT, "1", "Look there")
    assert (await store.history(CHAT))[0].images == (new.ref,)
    assert await store.amend(CHAT, "2", "This", (new, two))
    assert (await store.history(CHAT))[2].images == (new.ref, two.ref)


async def test_pictures_are_exchanged_in_an_earlier_conversation(store: ConversationStore) -> None:
    one, two, new = (picture(seed) for seed in range(1, 4))
    await converse(store, "1", images=(one,))
    await store.commit(Outcome(CHAT, (), reset=True))
    await converse(store, "2", images=(two,))
    assert await store.amend(CHAT, "1", "Look", (new,))
    found = await store.find_turn(CHAT, "1")
    assert found is not None
    assert found.images == (new.ref,)
    assert await numbers(store) == [(1, two.ref)]
    assert await store.images([one.ref]) == {}
