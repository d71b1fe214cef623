"""What agents say to customers, as part of an outcome in a room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot import casetexts
from bot.cases import Case, CaseState, Staff, is_draft
from bot.handovertexts import where_heard
from bot.messages import Button, Image, ImageRef, Language, NewOutgoing, NewTurn, Reply
from bot.outcome import Elsewhere
from bot.ports import ChatAdapter
from bot.stores import ConversationStore
from bot.texts import Sentence, in_a_row
from bot.verbatim import as_name, verbatim


async def way_to(
    case: Case, agent: str, store: ConversationStore, adapters: Mapping[str, ChatAdapter]
) -> ChatAdapter | Sentence:
    """How to reach a case's customer, or why an agent may not write to them now, to be filled in with
    `Cards.values`."""
    if not case.current:
        return casetexts.MOVED_ON
    if case.state is CaseState.CLOSED:
        return casetexts.IS_CLOSED
    if case.state is not CaseState.HUMAN:
        return casetexts.TAKE_FIRST
    if case.agent != agent:
        return casetexts.HELD_BY
    if (await store.person(case.customer)).banned:
        return casetexts.IS_BANNED
    return adapters.get(case.chat.platform, casetexts.NOT_CONNECTED)


def words(
    language: Language, text: str, author: str, pictures: Sequence[ImageRef] = (), *, markdown: bool = False
) -> Reply:
    """An agent's words, for a customer: as they were typed, or else a draft's, which are `markdown`."""
    author = author or casetexts.OUR_PEOPLE.say(language)
    return Reply(text if markdown else verbatim(text), language, author=author, pictures=tuple(pictures))


def said(
    case: Case,
    agent: Staff,
    text: str,
    adapter: ChatAdapter,
    *,
    images: Sequence[Image] = (),
    message_ids: Sequence[str] = (),
) -> Elsewhere:
    """A turn of the agent's, while they have the case; `adapter` is the customer's. `message_ids` tell what it is made
    of: messages of theirs (`bot.cases.room_message`), or the model's draft (`draft_message`), which is Markdown."""
    refs = tuple(image.ref for image in images)
    reply = words(case.language, text, agent.name, refs, markdown=is_draft(message_ids))
    return Elsewhere(
        case.chat,
        tuple(NewOutgoing(payload, answer=True) for payload in adapter.render(reply)),
        NewTurn("agent", text, refs, tuple(message_ids), agent.key, case.language, author=agent.name),
        tuple(images),
        case=case.id,
        agent=agent.key,
    )


def notice(
    case: Case, agent: Staff, sentence: Sentence, adapter: ChatAdapter, *, buttons: Sequence[Button] = (), **values: str
) -> Elsewhere:
    """What the bot tells the customer of what an agent did; and how they reach who answers them, if it is a person."""
    name = as_name(agent.name) or casetexts.OUR_PEOPLE.say(case.language)
    text = sentence.say(case.language, agent=name, **values)
    if sentence in casetexts.A_PERSON_ANSWERS:
        text = in_a_row([text, *where_heard(adapter.heard(case.chat), case.language)], case.language)
    reply = Reply(text, case.language, buttons=tuple(buttons))
    return Elsewhere(case.chat, tuple(NewOutgoing(payload) for payload in adapter.render(reply)))


def replaced(parts: Sequence[int], payloads: Sequence[str], adapter: ChatAdapter, *, answer: bool) -> list[NewOutgoing]:
    """What makes earlier messages (outbox ids) show other payloads: replaces them one by one, and removes those that
    are too many, or adds what is too much."""
    rows = [NewOutgoing(payload, answer=answer, replaces=part) for part, payload in zip(parts, payloads, strict=False)]
    rows += [NewOutgoing(payload, answer=answer) for payload in payloads[len(parts) :]]
    return rows + removed(parts[len(payloads) :], adapter)


def removed(parts: Sequence[int], adapter: ChatAdapter) -> list[NewOutgoing]:
    """What takes earlier messages (outbox ids) away."""
    return [NewOutgoing(adapter.removal(), replaces=part, removes=True) for part in parts]
