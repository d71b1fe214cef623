"""A conversation as prompts see it: a real store, a model that counts characters."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.intake import Question
from bot.messages import ChatKey, Image, ImageRef, Inbound, Language, NewTurn, Picture, Sender, Turn
from bot.outcome import Outcome
from bot.ports import ModelInfo, ModelMessage
from bot.promptbook import PromptBook
from bot.prompting import Composed, Prompting
from bot.stores import ConversationStore
from prompts.loader import SystemPrompts
from tests.doubles import ScriptedModel

CHAT = ChatKey("list", "", "1")
ANSWER = 100


def shot(name: str, tokens: int = 200) -> Image:
    """A picture that takes so many tokens."""
    return Image(ImageRef(hashlib.sha256(name.encode()).hexdigest(), 1024, tokens), "image/png", name.encode())


@dataclass
class Talk:
    """A conversation: asks questions, and stores each with its answer as the desk does."""

    store: ConversationStore
    prompts: SystemPrompts
    model: ScriptedModel = field(default_factory=ScriptedModel)
    leaving: list[tuple[Picture, Language]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.room(1000)

    def room(self, soft: int, hard: int = 0) -> None:
        """Set the tokens for history and question: of the share of the context, and of all of it."""
        system = max(self.model.measure(self.prompts.system(language).text) for language in ("en", "zh"))
        context = 2 * (system + soft)
        if hard:
            context = system + hard + ANSWER
        self.model.info = ModelInfo("counting", context)
        self.prompting = Prompting(
            self.store,
            self.model,
            PromptBook(self.prompts, self.store, measure=self.model.measure, most=context),
            max_tokens=ANSWER,
            history_share=(system + soft) / context,
            leaving=lambda _, pictures: self.leaving.extend(pictures),
        )

    async def compose(
        self,
        text: str = "",
        *images: Image,
        referred: Sequence[Image] = (),
        language: Language = "en",
        supersedes: Turn | None = None,
    ) -> Composed:
        """The prompt of a question."""
        inbound = Inbound("e", CHAT, Sender("list:anna"))
        question = Question(CHAT, inbound, inbound.sender, text, (), (), "", ("m",), (1,))
        refs = [image.ref for image in referred]
        return await self.prompting.prompt(question, language, images, supersedes, refs)

    async def ask(
        self,
        text: str = "",
        *images: Image,
        referred: Sequence[Image] = (),
        language: Language = "en",
        answer: str = "ok",
        supersedes: Turn | None = None,
        message: str = "m",
    ) -> list[ModelMessage]:
        """Ask and answer; returns the messages of the prompt without the system's."""
        composed = await self.compose(text, *images, referred=referred, language=language, supersedes=supersedes)
        refs = tuple(image.ref for image in images)
        question = NewTurn("customer", text, refs, (message,), "list:anna", language, composed.recalled)
        await self.store.commit(
            Outcome(
                CHAT,
                (),
                question=question,
                answer=NewTurn("bot", answer, language=language),
                images=images,
                supersedes=supersedes.id if supersedes else None,
            )
        )
        return list(composed.prompt.messages[1:])


def texts(messages: Sequence[ModelMessage]) -> list[str]:
    return [message.text for message in messages]


def pictures(messages: Sequence[ModelMessage]) -> list[list[str]]:
    """The names of the pictures that each message has."""
    return [[image.data.decode() for image in message.images] for message in messages]
