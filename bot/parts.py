"""The parts that the core is put together from, each a few rooms with one purpose. Each knows only those before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot import exports
from bot.alerts import Alerts
from bot.astray import Astray
from bot.branching import Branching
from bot.cards import Cards
from bot.collect import Collector, Prepare
from bot.commands import maybe_lost
from bot.configured import picture_limits, prompt_book
from bot.control import Control
from bot.counsel import Counsel
from bot.delivery import Delivery
from bot.describing import Describer
from bot.desk import Desk
from bot.dispatch import Dispatcher
from bot.erasing import Eraser, Memory
from bot.estimate import Estimates
from bot.exports import Exporter
from bot.handoff import Handoff
from bot.hearing import Hearing
from bot.hours import Hours
from bot.judging import Judge
from bot.keeping import Keeper
from bot.listening import Patience
from bot.lookout import Lookout, Watching
from bot.masking import Masking
from bot.messages import ChatKey, Inbound, Role
from bot.metrics import Metrics
from bot.pausing import Pausing
from bot.places import Places
from bot.ports import ChatAdapter, VisionModel
from bot.previews import Previews
from bot.promptbook import PromptBook
from bot.prompting import Prompting
from bot.reception import Reception
from bot.refusals import Refusals
from bot.relay import Relay
from bot.roles import Roles
from bot.rooms import Rooms
from bot.settings import Settings
from bot.stores import ConversationStore
from bot.taking import Taking
from bot.texts import choose_language
from bot.upkeep import Keeping, Upkeep
from bot.verbs.table import VERBS, changes_case
from bot.waiting import Limits, WaitingRoom
from prompts.loader import SystemPrompts

JUDGE_SECONDS = 10.0
"""How long a chat's next question waits for the check whether a person is needed."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the core is put together around; `decode` makes of a file the picture that the model is shown."""

    settings: Settings
    store: ConversationStore
    model: VisionModel
    adapters: Mapping[str, ChatAdapter]
    metrics: Metrics
    prompts: SystemPrompts
    decode: Prepare
    alerts: Alerts
    roles: Roles

    def urgent(self, sender: str) -> bool:
        """Whether what this person asks goes first, by their key: agents ask while customers wait for them."""
        return self.roles.of(sender) >= Role.AGENT


@dataclass(frozen=True, slots=True)
class Sending:
    """What brings messages to the platforms."""

    places: Places
    delivery: Delivery

    @classmethod
    def of(cls, given: Given) -> Sending:
        """Make it."""
        store, adapters = given.store, given.adapters
        configured = {platform: chat for platform, chat in given.settings.desk.places.items() if platform in adapters}
        places = Places(store, adapters, given.alerts, configured=configured)

        async def notice(chat: ChatKey) -> Sequence[str]:
            language = choose_language("", before=await store.language(chat))
            return maybe_lost(chat, language, adapters[chat.platform])

        return cls(places, Delivery(store, adapters, given.metrics, notice=notice, attending=places))


@dataclass(frozen=True, slots=True)
class Voice:
    """What the model is asked with, and heard by."""

    masking: Masking
    patience: Patience
    estimates: Estimates
    hearing: Hearing
    describer: Describer
    book: PromptBook
    prompting: Prompting

    @classmethod
    def of(cls, given: Given) -> Voice:
        """Make it."""
        settings, store, model = given.settings, given.store, given.model
        privacy, queue = settings.privacy, settings.queue
        masking = Masking(privacy.mask_cards, privacy.mask_emails, privacy.mask_phones)
        patience = Patience(queue.first_token_seconds, queue.silence_seconds)
        estimates = Estimates()
        hearing = Hearing(model, given.metrics, estimates, patience=patience, urgent=given.urgent)
        describer = Describer(store, model, given.prompts, busy=lambda: hearing.busy, mask=masking.question)
        book = prompt_book(settings, store, model, given.prompts)
        prompting = Prompting(
            store,
            model,
            book,
            max_tokens=settings.model.max_tokens,
            history_share=settings.chat.history_share,
            leaving=describer.put,
        )
        return cls(masking, patience, estimates, hearing, describer, book, prompting)


@dataclass(frozen=True, slots=True)
class Serving:
    """What serves customers: their questions are taken and answered, or people are asked to."""

    collector: Collector
    taking: Taking
    previews: Previews
    handoff: Handoff
    desk: Desk

    @classmethod
    def of(cls, given: Given, sending: Sending, voice: Voice) -> Serving:
        """Make it."""
        settings, store, adapters = given.settings, given.store, given.adapters
        collector = Collector(
            store,
            adapters,
            given.metrics,
            limits=picture_limits(settings),
            per_question=settings.images.per_question,
            decode=given.decode,
        )
        taking = Taking(store, given.model, collector, given.metrics, max_characters=settings.chat.max_characters)
        previews, handoff = Previews(adapters), _handoff(given, sending)
        desk = Desk(
            store=store,
            adapters=adapters,
            model=given.model,
            prompting=voice.prompting,
            taking=taking,
            delivery=sending.delivery,
            metrics=given.metrics,
            previews=previews,
            hearing=voice.hearing,
            alerts=given.alerts,
            handoff=handoff,
            busy_seconds=settings.queue.busy_seconds,
            judge=_judge(given),
            mask=voice.masking.answer,
        )
        return cls(collector, taking, previews, handoff, desk)


def _handoff(given: Given, sending: Sending) -> Handoff:
    settings = given.settings.desk
    return Handoff(
        given.store,
        given.model,
        sending.places,
        given.adapters,
        hours=Hours(settings.hours, settings.zone) if settings.hours else None,
        company=given.settings.chat.company,
        owner_seconds=settings.owner_minutes * 60,
    )


def _judge(given: Given) -> Judge | None:
    settings = given.settings
    if not settings.desk.model_hands_over or settings.model.embedded:  # the demo model reads facts, and judges nothing
        return None
    return Judge(given.model, given.prompts, patience=Patience(JUDGE_SECONDS, JUDGE_SECONDS))


@dataclass(frozen=True, slots=True)
class Office:
    """Where agents work: cases' rooms, what the model tells agents there and what they tell customers, incidents."""

    cards: Cards
    counsel: Counsel
    rooms: Rooms
    relay: Relay
    astray: Astray
    lookout: Lookout

    @classmethod
    def of(cls, given: Given, sending: Sending, voice: Voice, serving: Serving) -> Office:
        """Make it."""
        settings, store, adapters, delivery = given.settings, given.store, given.adapters, sending.delivery
        cards = Cards(settings.desk.language, settings.desk.zone)
        counsel = _counsel(given, voice, serving)
        rooms = Rooms(
            store,
            adapters,
            delivery,
            sending.places,
            cards,
            # The demo model reads facts off screenshots, and sums nothing up.
            summarise=None if settings.model.embedded else counsel.summarise,
        )
        relay = Relay(
            store=store,
            adapters=adapters,
            collector=serving.collector,
            delivery=delivery,
            roles=given.roles,
            cards=cards,
            verbs=[verb.name for verb in VERBS],
        )
        watching = Watching(settings.desk.incident_customers, settings.desk.language)
        astray = Astray(store, adapters, delivery, given.roles, cards)
        return cls(cards, counsel, rooms, relay, astray, Lookout(store, adapters, delivery, watching))


def _counsel(given: Given, voice: Voice, serving: Serving) -> Counsel:
    settings, store, model, prompts = given.settings, given.store, given.model, given.prompts
    language = settings.desk.language
    return Counsel(
        store=store,
        model=model,
        branching=Branching(store, model, voice.prompting, prompts, language=language),
        collector=serving.collector,
        previews=serving.previews,
        hearing=voice.hearing,
        prompts=prompts,
        masking=voice.masking,
        language=language,
        max_tokens=settings.model.max_tokens,
        patience=voice.patience,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """What everything that came in passes through to whoever deals with it, questions in their turn."""

    pausing: Pausing
    dispatcher: Dispatcher

    @classmethod
    def of(
        cls, given: Given, sending: Sending, voice: Voice, serving: Serving, office: Office, control: Control
    ) -> Line:
        """Make it; `control` deals with commands."""
        store, adapters, chat = given.store, given.adapters, given.settings.chat
        pausing = Pausing(store, adapters, sending.delivery)

        def ordered(command: Inbound) -> bool:
            return changes_case(command) and sending.places.hold(command.chat)

        reception = Reception(
            store=store,
            places=sending.places,
            desk=serving.desk,
            handoff=serving.handoff,
            keeper=Keeper(store, adapters, serving.taking, sending.delivery, serving.handoff),
            relay=office.relay,
            astray=office.astray,
            pausing=pausing,
            commands=control.carry_out,
            ordered=ordered,
        )
        dispatcher = Dispatcher(
            reception,
            _waiting_room(given, voice, serving.desk),
            control.handle,
            given.metrics,
            burst_seconds=chat.burst_seconds,
            album_seconds=chat.album_seconds,
            in_office=sending.places.hold,
            ordered=ordered,
        )
        return cls(pausing, dispatcher)


def _waiting_room(given: Given, voice: Voice, desk: Desk) -> WaitingRoom:
    queue = given.settings.queue
    return WaitingRoom(
        desk.announce,
        given.metrics,
        voice.estimates,
        Limits(queue.notice_seconds, queue.busy_seconds, queue.refuse_seconds, queue.wait_seconds),
        parallel=given.settings.model.parallel_chats,
        cached=given.model.cached,
        urgent=given.urgent,
    )


@dataclass(frozen=True, slots=True)
class Custody:
    """What becomes of all that is stored: it is given out, expires, and is erased."""

    exporter: Exporter
    upkeep: Upkeep
    eraser: Eraser

    @classmethod
    def of(cls, given: Given, desk: Desk, dispatcher: Dispatcher) -> Custody:
        """Make it."""
        settings, store = given.settings, given.store
        memory = Memory(given.adapters, given.model)
        exporter = Exporter(store, settings.data_dir / exports.FOLDER)
        keeping = Keeping(settings.privacy.turns_days, settings.privacy.pictures_days)
        upkeep = Upkeep(store, keeping, forget=memory.forget, tidy=exporter.tidy)
        eraser = Eraser(store=store, memory=memory, desk=desk, dispatcher=dispatcher, exporter=exporter, upkeep=upkeep)
        return cls(exporter, upkeep, eraser)


@dataclass(frozen=True, slots=True)
class Parts:
    """All of it. `control` has yet to be told of commands and owners, which act on the parts."""

    given: Given
    sending: Sending
    voice: Voice
    serving: Serving
    office: Office
    control: Control
    line: Line
    custody: Custody

    @classmethod
    def of(cls, given: Given) -> Parts:
        """Make them, one after the other."""
        sending = Sending.of(given)
        voice = Voice.of(given)
        serving = Serving.of(given, sending, voice)
        office = Office.of(given, sending, voice, serving)
        company = given.settings.chat.company
        control = Control(Refusals(given.store, given.adapters, sending.delivery, company=company))
        line = Line.of(given, sending, voice, serving, office, control)
        custody = Custody.of(given, serving.desk, line.dispatcher)
        return cls(given, sending, voice, serving, office, control, line, custody)
