import pytest

from bot.messages import AnswerRecord, ChatKey, Language, NewTurn, Usage
from bot.outcome import Outcome
from bot.stores import ConversationStore
from bot.versions import NewVersion, Use

CHAT = ChatKey("list", "", "1")


async def keep(store: ConversationStore, text: str, scope: str = "", language: Language = "en") -> int:
    return await store.keep_version(NewVersion(scope, language, text, "telegram:1"))


async def use(
    store: ConversationStore, version: int, scope: str = "", language: Language = "en", *, back: bool = False
) -> None:
    await store.commit(Outcome(CHAT, (), uses=(Use(scope, language, version, "telegram:1", back),)))


async def ask(
    store: ConversationStore, text: str, answer: str, chat: ChatKey = CHAT, language: Language = "en"
) -> None:
    await store.commit(
        Outcome(
            chat,
            (),
            question=NewTurn("customer", text, language=language),
            answer=NewTurn("bot", answer, language=language),
            record=AnswerRecord(Usage(), "model", "version"),
        )
    )


async def test_versions_are_kept_once_and_newest_first(store: ConversationStore) -> None:
    one, two = await keep(store, "one\n{{ company }}"), await keep(store, "two")
    assert await keep(store, "one\n{{ company }}") == one
    await keep(store, "three", scope="list")
    found = await store.versions("", "en", 10)
    assert [(v.id, v.template, v.author, v.live) for v in found] == [
        (two, "two", "telegram:1", False),
        (one, "one\n{{ company }}", "telegram:1", False),
    ]
    assert [v.id for v in await store.versions("", "en", 1)] == [two]
    assert await store.versions("", "zh", 10) == []
    assert await store.version(99) is None


async def test_one_version_is_in_use_in_each_scope_and_language(store: ConversationStore) -> None:
    one, two, chinese = await keep(store, "one"), await keep(store, "two"), await keep(store, "三", language="zh")
    assert await store.live_versions() == []
    await use(store, one)
    await use(store, chinese, language="zh")
    await use(store, two)
    assert {v.id for v in await store.live_versions()} == {two, chinese}
    assert (version := await store.version(one)) is not None
    assert not version.live


async def test_steps_back(store: ConversationStore) -> None:
    one, two, three = [await keep(store, text) for text in ("one", "two", "three")]
    assert await store.steps_back("", "en") == []
    for version in (one, two, two, one):
        await use(store, version)
    await use(store, three, "list")
    assert await store.steps_back("", "en") == [one, two, one]
    for left in ([two, one], [one]):
        await use(store, left[0], back=True)
        assert await store.steps_back("", "en") == left
        assert [version.id for version in await store.live_versions() if not version.scope] == left[:1]
    await use(store, three)
    assert await store.steps_back("", "en") == [three, one]
    await use(store, one, back=True)
    await use(store, one, back=True)  # by two admins at once
    assert await store.steps_back("", "en") == [one]
    await use(store, 0, back=True)
    assert await store.steps_back("", "en") == []
    assert await store.steps_back("list", "en") == [three]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("", ["c", "b", "a"]),
        ("list", ["b", "a"]),
        ("other", ["c"]),
        (str(CHAT), ["b", "a"]),
        (str(ChatKey("list", "", "1", "t")), ["b"]),
        ("third", []),
    ],
)
async def test_questions_of_a_scope(store: ConversationStore, scope: str, found: list[str]) -> None:
    await ask(store, "a", "A")
    await ask(store, "b", "B", ChatKey("list", "", "1", "t"))
    await ask(store, "c", "C", ChatKey("other", "", "1"))
    await ask(store, "中文", "好", language="zh")
    assert [asked.question.text for asked in await store.asked(scope, "en", 10)] == found


async def test_a_question_comes_with_what_was_said_before(store: ConversationStore) -> None:
    await ask(store, "a", "A")
    await ask(store, "b", "B")
    await store.commit(Outcome(CHAT, (), reset=True))
    await ask(store, "c", "C")
    newest, before, *_ = await store.asked("", "en", 3)
    assert (newest.question.text, newest.answer, newest.before.turns) == ("c", "C", ())
    assert (before.question.text, before.answer) == ("b", "B")
    assert [turn.text for turn in before.before.turns] == ["a", "A"]
    assert len(await store.asked("", "en", 2)) == 2


async def test_a_notice_is_no_answer_to_try_a_prompt_on(store: ConversationStore) -> None:
    await store.commit(Outcome(CHAT, (), question=NewTurn("customer", "a"), answer=NewTurn("bot", "too busy")))
    assert await store.asked("", "en", 3) == []


async def test_who_wrote_and_used_a_prompt_is_forgotten_with_them(store: ConversationStore) -> None:
    one = await keep(store, "one")
    await use(store, one)
    await store.erase("telegram:1")
    assert [(v.author, v.live) for v in await store.versions("", "en", 10)] == [("erased", True)]
