"""The core, put together: the rooms between the edges, and what they get from the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from bot import exports, images
from bot.admission import Rules, admit
from bot.alerts import Alerts
from bot.branching import Branching
from bot.cards import Cards
from bot.collect import Collector, Prepare, in_thread
from bot.commands import Commands, maybe_lost
from bot.counsel import Counsel
from bot.delivery import Delivery
from bot.describing import Describer
from bot.desk import Desk
from bot.dispatch import Dispatcher
from bot.erasing import Eraser
from bot.errors import ConfigurationError
from bot.estimate import Estimates
from bot.exports import Exporter
from bot.groups import Groups
from bot.handoff import Handoff
from bot.hearing import Hearing
from bot.hours import Hours
from bot.intake import CONTROLS, DurableIntake
from bot.judging import Judge
from bot.keeping import Keeper
from bot.listening import Patience
from bot.lookout import Lookout, Watching
from bot.masking import Masking
from bot.messages import LANGUAGES, ChatKey, Inbound, Pending, Role
from bot.metrics import Metrics
from bot.owner import Owner
from bot.pausing import Pausing
from bot.people import Admission, Person
from bot.places import Places
from bot.ports import ChatAdapter, Surfaces, VisionModel
from bot.previews import Previews
from bot.promptbook import PromptBook
from bot.prompting import Prompting
from bot.reception import Reception
from bot.refusals import Refusals
from bot.relay import Relay
from bot.roles import WORD, Ground, Roles
from bot.rooms import Rooms
from bot.settings import Settings
from bot.stores import ConversationStore
from bot.surfaces import Showing
from bot.taking import Taking
from bot.texts import choose_language
from bot.upkeep import Keeping, Upkeep
from bot.verbs.table import VERBS, slow, spoken
from bot.verbs.verb import Tools, Watched
from bot.waiting import Limits, WaitingRoom
from prompts.loader import SystemPrompts

log = structlog.get_logger(__name__)

LEAST_QUESTION = 64
"""Tokens that a question has to have room for."""
JUDGE_SECONDS = 10.0
"""How long a chat's next question waits for the check whether a person is needed."""
ANSWER_SECONDS = 3.0
"""How long a stop waits for platforms to take previews back."""
SEND_SECONDS = 5.0
"""How long a stop waits for sends under way, at the same time."""
ALERT_SECONDS = 1.0
"""How long a stop waits for notices to the people who run the bot."""


@dataclass(frozen=True, slots=True)
class Core:
    """The rooms between the edges, put together."""

    store: ConversationStore
    model: VisionModel
    metrics: Metrics
    intake: DurableIntake
    dispatcher: Dispatcher
    desk: Desk
    pausing: Pausing
    describer: Describer
    delivery: Delivery
    alerts: Alerts
    upkeep: Upkeep
    places: Places
    rooms: Rooms
    prompts: PromptBook
    lookout: Lookout
    surfaces: Surfaces

    async def resume(self) -> None:
        """Take up what an earlier run left undone; from here on, what comes in is answered."""
        await self.pausing.load()
        await self.prompts.load()
        await self.delivery.resume()
        count = await self.intake.replay()
        if count:
            log.info("inbox_replayed", rows=count)
        self.rooms.start()
        self.upkeep.start()
        self.lookout.start()

    async def close(self) -> None:
        """Stop answering, let sends under way end. What is unfinished waits in the database."""
        await self.upkeep.close()
        await self.lookout.close()
        await self.describer.close()
        await self.rooms.close()
        await asyncio.gather(self.dispatcher.close(ANSWER_SECONDS), self.delivery.close(SEND_SECONDS))
        await self.desk.close()
        await self.alerts.close(ALERT_SECONDS)


def assemble(
    settings: Settings,
    store: ConversationStore,
    model: VisionModel,
    adapters: Mapping[str, ChatAdapter],
    metrics: Metrics,
    prompts: SystemPrompts,
    *,
    decode: Prepare = in_thread,
    alerts: Alerts | None = None,
    staff: Roles | None = None,
    groups: Groups | None = None,
) -> Core:
    """Put the core together around an open store, a loaded model and adapters by platform. Without `staff`, roles are
    those that the settings give; `groups` give some of them."""
    limits = picture_limits(settings)
    alerts = alerts or staff_alerts(settings, adapters)

    async def notice(chat: ChatKey) -> Sequence[str]:
        language = choose_language("", before=await store.language(chat))
        return maybe_lost(chat, language, adapters[chat.platform], room=places.hold(chat))

    async def control(pending: Pending) -> None:
        if pending.refusal is not None:
            await refusals.handle(pending)
        elif pending.inbound.owned and pending.inbound.kind not in CONTROLS:
            await owner.handle(pending)
        else:
            await commands.handle(pending)

    queue, estimates = settings.queue, Estimates()
    book = prompt_book(settings, store, model, prompts)
    roles = staff or settings_roles(settings)

    def urgent(sender: str) -> bool:
        return roles.of(sender) >= Role.AGENT

    privacy = settings.privacy
    masking = Masking(privacy.mask_cards, privacy.mask_emails, privacy.mask_phones)
    patience = Patience(queue.first_token_seconds, queue.silence_seconds)
    hearing = Hearing(model, metrics, estimates, patience=patience, urgent=urgent)
    describer = Describer(store, model, prompts, busy=lambda: hearing.busy, mask=masking.question)
    prompting = Prompting(
        store,
        model,
        book,
        max_tokens=settings.model.max_tokens,
        history_share=settings.chat.history_share,
        leaving=describer.put,
    )
    places = Places(store, adapters, alerts)
    delivery = Delivery(store, adapters, metrics, notice=notice, attending=places)
    cards = Cards(settings.desk.language, settings.desk.zone)
    per_question = settings.images.per_question
    collector = Collector(store, adapters, metrics, limits=limits, per_question=per_question, decode=decode)
    previews = Previews(adapters)
    counsel = Counsel(
        store,
        model,
        Branching(store, model, prompting, prompts, language=cards.language),
        collector,
        previews,
        hearing,
        prompts,
        masking,
        language=cards.language,
        max_tokens=settings.model.max_tokens,
        patience=patience,
    )
    # The demo model reads facts off screenshots: it neither sums up nor judges.
    embedded = settings.model.embedded
    summarise = None if embedded else counsel.summarise
    judge = None
    if settings.desk.model_hands_over and not embedded:
        judge = Judge(model, prompts, patience=Patience(JUDGE_SECONDS, JUDGE_SECONDS))
    rooms = Rooms(store, adapters, delivery, places, cards, summarise=summarise)
    hours = Hours(settings.desk.hours, settings.desk.zone) if settings.desk.hours else None
    handoff = Handoff(
        store, model, places, hours=hours, company=settings.chat.company, owner_seconds=settings.desk.owner_minutes * 60
    )
    pausing = Pausing(store, adapters, delivery)
    taking = Taking(store, model, collector, metrics, max_characters=settings.chat.max_characters)
    desk = Desk(
        store,
        adapters,
        model,
        prompting,
        taking,
        delivery,
        metrics,
        previews,
        hearing,
        alerts,
        handoff,
        busy_seconds=queue.busy_seconds,
        judge=judge,
        mask=masking.answer,
    )
    lookout = Lookout(store, adapters, delivery, Watching(settings.desk.incident_customers, settings.desk.language))
    room = WaitingRoom(
        desk.announce,
        metrics,
        estimates,
        Limits(queue.notice_seconds, queue.busy_seconds, queue.refuse_seconds, queue.wait_seconds),
        parallel=settings.model.parallel_chats,
        cached=model.cached,
        urgent=urgent,
    )
    relay = Relay(store, adapters, collector, delivery, roles, cards, verbs=[verb.name for verb in VERBS])
    keeper = Keeper(store, adapters, taking, delivery, handoff)
    reception = Reception(
        store, places, desk, handoff, keeper, relay, pausing, commands=lambda pending: commands.handle(pending)
    )
    dispatcher = Dispatcher(
        reception,
        room,
        control,
        metrics,
        burst_seconds=settings.chat.burst_seconds,
        album_seconds=settings.chat.album_seconds,
    )
    owner = Owner(store, taking, handoff, delivery, desk, dispatcher)
    rules = person_rules(settings)
    exporter = Exporter(store, settings.data_dir / exports.FOLDER)
    keeping = Keeping(privacy.turns_days, privacy.pictures_days)
    upkeep = Upkeep(store, keeping, forget=lambda chat: eraser.forget(chat), tidy=exporter.tidy)
    eraser = Eraser(store, adapters, model, desk, dispatcher, exporter, upkeep)
    watched: dict[str, Watched] = {**adapters, "model": model, "rooms": places, "service": pausing}
    if groups is not None:
        watched["groups"] = groups
    tools = Tools(
        store,
        adapters,
        model,
        desk,
        dispatcher,
        delivery,
        eraser,
        exporter,
        handoff,
        pausing,
        book,
        prompting,
        hearing,
        roles=roles,
        rules=rules,
        company=settings.chat.company,
        max_megabytes=settings.images.max_megabytes,
        cards=cards,
        counsel=counsel,
        watched=watched,
    )
    commands = Commands(tools)
    refusals = Refusals(store, adapters, delivery, company=settings.chat.company)

    def admission(person: Person, inbound: Inbound, now: float) -> Admission:
        if inbound.owned:  # not the customer, whose limits are meant
            return Admission()
        return admit(person, inbound, roles.of(person.key), rules, now)

    intake = DurableIntake(
        store,
        metrics,
        on_message=dispatcher.put,
        on_control=dispatcher.put_control,
        admit=admission,
        platforms=frozenset(adapters),
        slow=slow,
        spoken=spoken,
        message=handoff.message,
        mask=masking.question,
    )
    return Core(
        store,
        model,
        metrics,
        intake,
        dispatcher,
        desk,
        pausing,
        describer,
        delivery,
        alerts,
        upkeep,
        places,
        rooms,
        book,
        lookout,
        Showing(tools),
    )


def staff_alerts(settings: Settings, adapters: Mapping[str, ChatAdapter]) -> Alerts:
    """Make what tells the people who run the bot, on the platforms in `adapters`."""
    return Alerts(adapters, admins=settings.admins, agents=settings.agents)


def settings_roles(settings: Settings) -> Roles:
    """The roles that the settings give."""
    return Roles(admins=settings.admins, agents=settings.agents)


async def known_roles(settings: Settings, store: ConversationStore) -> Roles:
    """The roles that the settings and admins have given. Raises StoreError."""
    roles = settings_roles(settings)
    roles.give(WORD, await store.agents())
    return roles


def slack_groups(settings: Settings) -> tuple[Ground, ...]:
    """The user groups that give a role, from the settings."""
    return (
        *(Ground(Role.ADMIN, group=group) for group in settings.slack.admin_groups),
        *(Ground(Role.AGENT, group=group) for group in settings.slack.agent_groups),
    )


def person_rules(settings: Settings) -> Rules:
    """What one person may use, from the settings."""
    limits = settings.limits
    return Rules(
        limits.messages_a_day,
        limits.seconds_a_day,
        limits.pictures_a_minute,
        limits.messages_a_minute,
        only_allowed=limits.only_allowed,
    )


def picture_limits(settings: Settings) -> images.Limits:
    """Bounds of one picture, from the settings."""
    return images.Limits(
        max_bytes=int(settings.images.max_megabytes * 1e6),
        short_side=settings.images.short_side,
        max_tokens=settings.model.image_max_tokens,
    )


def load_prompts(settings: Settings) -> SystemPrompts:
    """Read and render the system prompts. Blocking."""
    return SystemPrompts(company=settings.chat.company, policies=settings.chat.policies)


def prompt_book(settings: Settings, store: ConversationStore, model: VisionModel, prompts: SystemPrompts) -> PromptBook:
    """Make the book of system prompts, which has to be loaded."""
    return PromptBook(prompts, store, measure=model.measure, most=prompt_room(settings, model))


def prompt_room(settings: Settings, model: VisionModel) -> int:
    """The most tokens that a system prompt may take, so that there is room for a question beside it."""
    context, most = model.info.context, settings.model.max_tokens
    return min(int(context * settings.chat.history_share), context - most) - LEAST_QUESTION


def check_room(settings: Settings, model: VisionModel, prompts: SystemPrompts) -> None:
    """See that the context has room for a question beside what stands in every prompt. Raises ConfigurationError."""
    context, most = model.info.context, settings.model.max_tokens
    taken = max(model.measure(prompts.system(language).text) for language in LANGUAGES)
    if taken > prompt_room(settings, model):
        raise ConfigurationError(
            f"LOOKSEE_MODEL__CONTEXT: the model's context has {context} tokens. The system prompt with "
            f"LOOKSEE_CHAT__POLICIES takes {taken} and an answer up to LOOKSEE_MODEL__MAX_TOKENS={most}, which leaves "
            f"no room for a question. Shorten the policies, or set for example LOOKSEE_MODEL__CONTEXT="
            f"{2 * (taken + LEAST_QUESTION + most)}, as far as the model goes along."
        )
