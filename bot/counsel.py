"""What agents ask the model about a case, and it answers to them alone.

Question and answer are turns of the agents' room, so that the customer's conversation never has them; the next question
in the room goes on from there. How the prompt is made says `bot.branching`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import structlog

from bot.branching import Aside, Branching
from bot.cases import Case
from bot.collect import Collected, Collector
from bot.counseltexts import SET_ASIDE
from bot.errors import PromptTooLongError, SetAsideError
from bot.hearing import Hearing, ending, overhear, silence
from bot.intake import join
from bot.listening import Heard, Patience
from bot.masking import Masking
from bot.messages import AnswerRecord, Finish, Image, ImageRef, Inbound, Language, NewTurn, Pending
from bot.people import Charge
from bot.ports import VisionModel
from bot.previews import Previews
from bot.prompting import Composed
from bot.stores import ConversationStore
from bot.texts import PROMPT_TOO_LONG, YOUR_TURN
from prompts.loader import SystemPrompts

log = structlog.get_logger(__name__)

SUMMARY_TOKENS = 200


@dataclass(frozen=True, slots=True)
class Matter:
    """What an agent wants to know of a case, in its room: the command that says so, and its inbox row. `text` is what
    the model is asked, in the language `asked_in`, with `schema` for JSON; `kept` is what is remembered of that, if it
    is not the same. `language` is that of what is said around it. What is asked `afresh` goes on from nothing that was
    asked before, and has the newest screenshots in view."""

    case: Case
    inbound: Inbound
    row: int
    text: str
    language: Language
    asked_in: Language
    kept: str = ""
    schema: str = ""
    afresh: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """What came of it. `said` is what the model said, as it is kept; "" if it said nothing, and then nothing is
    remembered. `note` stands below it, or in its place. `slot` is as in `NewOutgoing`; `whole`: it came to its end."""

    said: str = ""
    note: str = ""
    slot: str = ""
    whole: bool = False
    question: NewTurn | None = None
    answer: NewTurn | None = None
    images: tuple[Image, ...] = ()
    record: AnswerRecord | None = None
    charge: Charge | None = None


class Counsel:
    """Asks the model what agents want to know. `language` is that of agents' rooms."""

    def __init__(
        self,
        store: ConversationStore,
        model: VisionModel,
        branching: Branching,
        collector: Collector,
        previews: Previews,
        hearing: Hearing,
        prompts: SystemPrompts,
        masking: Masking,
        *,
        language: Language,
        max_tokens: int,
        patience: Patience,
    ) -> None:
        self._store = store
        self._model = model
        self._branching = branching
        self._collector = collector
        self._previews = previews
        self._hearing = hearing
        self._prompts = prompts
        self._masking = masking
        self._language = language
        self._max_tokens = max_tokens
        self._patience = patience

    async def advise(self, matter: Matter) -> Advice:
        """Have a question answered. Raises StoreError, and what the model fails with."""
        chat = matter.inbound.chat
        text, kept = map(self._masking.question, (matter.text, matter.kept or matter.text))
        matter = replace(matter, text=text, kept=kept)
        preview = self._previews.take(matter.inbound, YOUR_TURN.say(matter.language))
        advice: Advice | None = None
        with self._hearing.answering(chat, matter.row) as active:
            try:
                collected = await self._collect(matter)
                if collected.complaints:  # never answered as if the picture were not there
                    return Advice(note="\n\n".join(collected.complaints))
                composed = await self._branching.prompt(self._aside(matter, collected))
                began = time.monotonic()
                heard = await self._hearing.hear(chat, composed.prompt, active, preview.show)
                record = AnswerRecord(
                    heard.usage, self._model.info.name, composed.version, (time.monotonic() - began) * 1000
                )
                advice = self._advice(matter, collected, composed, heard, record)
            except PromptTooLongError:
                return Advice(note=PROMPT_TOO_LONG.say(matter.language))
            except SetAsideError:
                log.exception("agents_question_set_aside", chat=str(chat), inbox_row=matter.row)
                return Advice(note=SET_ASIDE.say(matter.language))
            finally:
                slot = await preview.close(keep=advice is not None)
        return replace(advice, slot=slot, charge=Charge(matter.inbound.sender.key, active.took))

    def instruction(self, name: str, language: Language) -> str:
        """What the model is asked for a draft ("suggest") or a summary ("summary")."""
        return self._prompts.instruction(name, language).text

    async def summarise(self, case: Case) -> str:
        """What a case is about in a few lines, for its card; "" if the model cannot say. Nobody waits for it. Raises
        StoreError, ModelError."""
        text, newest = self.instruction("summary", self._language), await self._newest(case)
        aside = Aside(case.chat, text, self._language, SUMMARY_TOKENS, referred=newest)
        composed = await self._branching.prompt(aside)
        # Looked at now: what was read is another conversation, if one was begun before that.
        present = await self._store.find_case(case.id)
        if present is None or not present.current:
            return ""
        heard = await overhear(self._model, composed.prompt, self._patience)
        return self._masking.answer(heard.text)

    async def _collect(self, matter: Matter) -> Collected:
        """The pictures that the agent sent along, and those of the customer's that are meant."""
        question, _ = join([Pending(matter.row, matter.inbound)])
        about = matter.case.chat
        collected = await self._collector.collect(replace(question, text=matter.text), matter.language, about)
        if not matter.afresh:
            return collected
        newest = await self._newest(matter.case)
        return replace(collected, referred=tuple(dict.fromkeys((*collected.referred, *newest))))

    async def _newest(self, case: Case) -> tuple[ImageRef, ...]:
        """The screenshots that came with the newest turn of the conversation that brought any."""
        pictures = (await self._store.context(case.chat)).pictures
        newest = max((picture.turn for picture in pictures), default=0)
        return tuple(picture.ref for picture in pictures if picture.turn == newest)

    def _aside(self, matter: Matter, collected: Collected) -> Aside:
        inbound = matter.inbound
        return Aside(
            matter.case.chat,
            matter.text,
            matter.asked_in,
            self._max_tokens,
            None if matter.afresh else inbound.chat,
            collected.images,
            collected.referred,
            person=inbound.sender.key,
            event=inbound.event_id,
            schema=matter.schema,
        )

    def _advice(
        self, matter: Matter, collected: Collected, composed: Composed, heard: Heard, record: AnswerRecord
    ) -> Advice:
        said = self._masking.answer(heard.text)
        if not said:
            return Advice(note=silence(heard).say(matter.language), record=record)
        refs = tuple(image.ref for image in collected.images)
        inbound, end = matter.inbound, ending(heard)
        ids = (inbound.message_id,) if inbound.message_id else ()
        return Advice(
            said,
            end.say(matter.language) if end else "",
            whole=heard.usage.finish is Finish.STOP,
            question=NewTurn(
                "customer", matter.kept, refs, ids, inbound.sender.key, matter.asked_in, composed.recalled
            ),
            answer=NewTurn("bot", said, language=matter.asked_in),
            images=collected.images,
            record=record,
        )
