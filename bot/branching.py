"""Prompts of what is asked beside a customer's conversation: by agents, and by the service itself.

Such a prompt begins exactly as the customer's own do, so that the model goes on from what is computed of them: the
same system prompt, the same turns and pictures in view. Then it says that from here on nothing is for the customer;
then comes what agents asked before in the room, and what they were answered: the branch. The customer's prompts and
their view know nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import PromptTooLongError
from bot.labels import Labels
from bot.messages import ChatKey, Context, Image, ImageRef, Language, Turn, View
from bot.ports import Prompt, VisionModel
from bot.prompting import ASKED, Composed, Prompting
from bot.script import Budget, Line, Script
from bot.stores import ConversationStore
from bot.texts import COLLEAGUE_READY
from prompts.loader import SystemPrompts


@dataclass(frozen=True, slots=True)
class Aside:
    """What is asked about a chat, beside the conversation there. It goes on from what was asked in the agents' `room`
    before (None: from nothing). `referred` are earlier pictures that it is about; the rest is as in `Prompt`."""

    chat: ChatKey
    text: str
    language: Language
    max_tokens: int
    room: ChatKey | None = None
    images: tuple[Image, ...] = ()
    referred: tuple[ImageRef, ...] = ()
    person: str = ""
    event: str = ""
    schema: str = ""


class Branching:
    """Makes such prompts; `language` is the one in which the model is told who asks."""

    def __init__(
        self,
        store: ConversationStore,
        model: VisionModel,
        prompting: Prompting,
        prompts: SystemPrompts,
        *,
        language: Language,
    ) -> None:
        self._store = store
        self._model = model
        self._prompting = prompting
        self._framing = (
            Line("user", prompts.instruction("counsel", language).text),
            Line("assistant", COLLEAGUE_READY.say(language)),
        )

    async def prompt(self, aside: Aside) -> Composed:
        """Put conversation, branch and question together. What does not fit leaves: of the branch first, then of the
        conversation. Raises PromptTooLongError, StoreError."""
        conversation = await self._store.context(aside.chat)
        branch = await self._store.context(aside.room) if aside.room is not None else Context()
        composing = _Composing(
            self._model, conversation, branch, self._prompting.budget(aside.chat).hard - self._framed()
        )
        fitted = composing.fit(aside)
        if aside.room is not None and fitted.branched != branch.view:
            await self._store.set_view(aside.room, fitted.branched)
        system = self._prompting.system(aside.chat, conversation, fitted.view, aside.language)
        lines = [*composing.talk.lines(fitted.view), *self._framing]
        lines += fitted.branch.lines(fitted.branched, fitted.asked)
        prompt = Prompt(
            str(aside.room) if aside.room is not None else "",
            await self._prompting.messages(system, lines, aside.images),
            aside.max_tokens,
            person=aside.person,
            schema=aside.schema,
            event=aside.event,
            branch_of=str(aside.chat),
        )
        return Composed(prompt, system.version, fitted.asked.recalled)

    def _framed(self) -> int:
        return sum(self._model.measure(line.text) for line in self._framing)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """What is in view of the conversation, and of the branch, with the question."""

    view: View
    branch: Script
    asked: Turn
    branched: View


class _Composing:
    """What goes into one prompt: the conversation (`talk`), and the branch with the question, in `room` tokens."""

    def __init__(self, model: VisionModel, conversation: Context, branch: Context, room: int) -> None:
        self._model = model
        self._view = conversation.view
        self._branch = branch
        self._room = room
        self._labels = Labels(conversation.pictures, branch.pictures)
        self.talk = Script(model, conversation, self._labels, Budget(room, room))

    def fit(self, aside: Aside) -> _Fitted:
        """Decide what is in view. Raises PromptTooLongError."""
        own = tuple(image.ref for image in aside.images)
        asked = Turn(ASKED, "customer", aside.text, own, language=aside.language)
        referred = [ref for ref in aside.referred if ref not in own]
        branch = self._beside(self._view)
        try:
            return _Fitted(self._view, branch, *branch.fit(asked, referred))
        except PromptTooLongError:  # the question is a long one, or much has been said since the customer's last prompt
            room = self._room - branch.taken(View(first=ASKED), asked)
        view = self.talk.shortened(max(0, room) // 2, room)
        branch = self._beside(view)
        return _Fitted(view, branch, *branch.fit(asked, referred))

    def _beside(self, view: View) -> Script:
        """The branch, in the room that this much of the conversation leaves."""
        room = self._room - self.talk.taken(view)
        return Script(self._model, self._branch, self._labels, Budget(room, room), around=self.talk.pictured(view))
