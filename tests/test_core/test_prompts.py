from collections.abc import Sequence

import pytest

from bot.messages import ChatKey
from tests.test_core.conftest import CHAT, Bench, picture

ADMIN = "telegram:1"
PRIVATE = ChatKey("list", "", "admin")


async def order(bench: Bench, text: str) -> str:
    """Give the command in private; returns what is answered."""
    before = len(bench.platform.texts(PRIVATE))
    await bench.command("prompt", text, chat=PRIVATE, sender=ADMIN)
    return (await bench.platform.wait_for(PRIVATE, before + 1))[-1]


async def ask(bench: Bench, text: str, chat: ChatKey = CHAT, files: tuple[bytes, ...] = ()) -> str:
    """Ask as a customer; returns the system prompt that the model was shown."""
    before = len(bench.platform.texts(chat))
    await bench.say(text, chat=chat, files=files)
    await bench.platform.wait_for(chat, before + 1)
    return bench.model.prompts[-1].messages[0].text


def buttons(bench: Bench) -> Sequence[tuple[str, str]]:
    return [(f"{button.command} {button.text}", button.label) for button in bench.platform.rendered[-1].buttons]


async def test_a_new_prompt_is_kept_and_used_only_when_told_so(bench: Bench) -> None:
    said = await order(bench, "set en You work for {{ company }}.\n\nBe brief.")
    assert "#1" in said
    assert "not in use yet" in said
    assert ("prompt set all en #1", "Put to use") in buttons(bench)
    assert "brief" not in await ask(bench, "what does it say?")
    assert "To go ahead: `/prompt set all en #1 yes`" in await order(bench, "set #1")
    assert "brief" not in await ask(bench, "and now, please?")
    assert "#1 is in use" in await order(bench, "set #1 yes")
    assert await ask(bench, "once more, please?") == "You work for Looksee.\n\nBe brief."


async def test_a_restart_goes_on_with_the_prompt_in_use(bench: Bench) -> None:
    await order(bench, "set en Be brief.")
    await order(bench, "set #1 yes")
    await bench.stop()
    await bench.start()
    assert await ask(bench, "what does it say?") == "Be brief."


async def test_the_narrowest_scope_counts(bench: Bench) -> None:
    for number, scope in enumerate(("all", "list:/2/", "list:/2/t")):
        await order(bench, f"set {scope} en Prompt {number}.")
        await order(bench, f"set #{number + 1} yes")
    chats = [CHAT, ChatKey("list", "", "2", "other"), ChatKey("list", "", "2", "t")]
    assert [await ask(bench, "what does it say?", chat) for chat in chats] == ["Prompt 0.", "Prompt 1.", "Prompt 2."]


async def test_each_language_has_its_own(bench: Bench) -> None:
    await order(bench, "set zh 请简短回答。")
    await order(bench, "set #1 yes")
    assert "Looksee" in await ask(bench, "what does it say?")
    assert await ask(bench, "这是什么？", ChatKey("list", "", "2")) == "请简短回答。"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("set en Hello {{ customer }}", "`customer`, which stands for nothing. I can fill in `company`, `policies`"),
        ("set en {% if company %}x", "line 1"),
        ("set en {{ company.__class__ }}", "cannot be filled in"),
        ("set en {% for i in range(99999) %}{{ i }}{% endfor %}", "line 1: for: placeholders and conditions"),
        ("set en {{ 'a' * 10 ** 10 }}", "placeholders and conditions"),
        ("set en {# nothing #}", "nothing is in it"),
        ("set en " + "word " * 3500, "tokens, and"),
        ("set en " + "word " * 4500, "too long"),
        ("set en", "What should the prompt say?"),
        ("burn", "I know `show`"),
        ("show nowhere:1/2", "I am on: list"),
        ("show list:1/2/3/4", "is no chat"),
        ("set slack en x", "I am on: list"),
        ("set #7", "There is no version #7"),
        ("try #7", "There is no version #7"),
        ("try", "Which version"),
        ("diff", "nothing to compare"),
        ("rollback", "There is nothing earlier"),
        ("history", "no English prompt of its own"),
    ],
)
async def test_bad_input_is_explained_and_changes_nothing(bench: Bench, text: str, said: str) -> None:
    assert said in await order(bench, text)
    assert await bench.store.versions("", "en", 10) == []
    assert "customer-service assistant" in await ask(bench, "what does it say?")


async def test_show_says_where_the_prompt_comes_from(bench: Bench) -> None:
    said = await order(bench, "show en")
    assert "the file that came with the program" in said
    assert "{{ company }}" in said
    assert [label for _, label in buttons(bench)] == ["Edit"]
    await order(bench, "set en Be brief.")
    await order(bench, "set #1 yes")
    assert "#1, of all chats" in await order(bench, "show list:/9/ en")


async def test_history_and_diff(bench: Bench) -> None:
    await order(bench, "set en Be brief.\nBe kind.")
    await order(bench, "set #1 yes")
    await order(bench, "set en Be brief.\nBe precise.")
    said = await order(bench, "history en")
    assert said.index("#2:") < said.index("#1 (in use):")
    for text in ("diff en", "diff #2", "diff #1 #2"):
        said = await order(bench, text)
        assert "-Be kind.\n+Be precise." in said
    assert "say the same" in await order(bench, "diff #1 #1")


async def test_rollback_goes_back_step_by_step(bench: Bench) -> None:
    for number in (1, 2):
        await order(bench, f"set en Prompt {number}.")
        await order(bench, f"set #{number} yes")
    assert "prompt for `all chats` back to #1" in await order(bench, "rollback en")
    assert await ask(bench, "what does it say?") == "Prompt 2."
    await order(bench, "rollback en yes")
    assert await ask(bench, "what does it say?") == "Prompt 1."


async def test_each_rollback_goes_one_step_further_and_the_file_is_the_earliest(bench: Bench) -> None:
    for number in (1, 2, 3):
        await order(bench, f"set en Prompt {number}.")
    for number in (1, 2, 3, 1):
        await order(bench, f"set #{number} yes")
    assert "step by step: #1 → #3 → #2 → #1 → the file that came with the program" in await order(bench, "history en")
    for number in (3, 2):
        assert f"#{number} is in use now" in await order(bench, "rollback en yes")
    # What was put to use in between is not in the way of what was before.
    await order(bench, "set #1 yes")
    for number in (2, 1):
        assert f"#{number} is in use now" in await order(bench, "rollback en yes")
        assert await ask(bench, "what does it say?") == f"Prompt {number}."
    assert "back to the file that came with the program" in await order(bench, "rollback en")
    assert "the file that came with the program is in use now" in await order(bench, "rollback en yes")
    assert "customer-service assistant" in await ask(bench, "what does it say?")
    for given in ("rollback en", "rollback en yes"):
        said = await order(bench, given)
        assert said.startswith("There is nothing earlier")
        assert "the file that came with the program is in use" in said


async def test_behind_the_first_of_a_narrow_place_is_what_holds_around_it(bench: Bench) -> None:
    for number, scope in ((1, "all"), (2, "list:/2/")):
        await order(bench, f"set {scope} en Prompt {number}.")
        await order(bench, f"set #{number} yes")
    assert "#1, of all chats is in use now" in await order(bench, "rollback list:/2/ en yes")
    assert await ask(bench, "what does it say?", ChatKey("list", "", "2")) == "Prompt 1."
    assert "#1, of all chats is in use" in await order(bench, "rollback list:/2/ en yes")


async def test_a_version_belongs_to_its_place(bench: Bench) -> None:
    await order(bench, "set list:/2/ en Prompt.")
    assert "used there alone" in await order(bench, "set all #1 yes")
    assert "used there alone" in await order(bench, "set zh #1 yes")
    assert await bench.store.live_versions() == []


async def test_only_admins_see_or_change_prompts(bench: Bench) -> None:
    await bench.command("prompt", "show en", sender="list:anna")
    assert "for the people who run this bot" in (await bench.platform.wait_for(CHAT, 1))[0]


async def test_a_candidate_is_tried_on_what_was_asked(bench: Bench) -> None:
    answers = iter(("It says E-1.", "It is blue.", "Error E-1.", "Blue."))
    bench.model.script = lambda prompt: (next(answers),)
    await ask(bench, "what does it say?", files=(picture(),))
    await ask(bench, "and the colour?")
    await order(bench, "set en Be brief.")
    said = await order(bench, "try #1 2")
    assert [part for part in said.split("\n") if part.startswith((">", "**"))] == [
        "**1. and the colour?**",
        "> then: It is blue.",
        "> with #1: Error E-1.",
        "**2. what does it say?** (screenshots: 1)",
        "> then: It says E-1.",
        "> with #1: Blue.",
    ]
    assert bench.platform.rendered[-1].quotes
    again, first = bench.model.prompts[-2:]
    assert [prompt.messages[0].text for prompt in (again, first)] == ["Be brief."] * 2
    assert [len(message.images) for message in again.messages] == [0, 1, 0, 0]
    assert [message.role for message in again.messages] == ["system", "user", "assistant", "user"]
    assert [len(message.images) for message in first.messages] == [0, 1]
    # What was tried was not said: the customer's conversation is as it was.
    assert [turn.text for turn in await bench.store.history(CHAT)] == [
        "what does it say?",
        "It says E-1.",
        "and the colour?",
        "It is blue.",
    ]


async def test_there_is_nothing_to_try_a_prompt_on_at_first(bench: Bench) -> None:
    await order(bench, "set en Be brief.")
    assert "no English question" in await order(bench, "try")
