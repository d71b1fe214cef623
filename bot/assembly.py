"""The core, put together: the rooms between the edges."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from bot.admission import admit
from bot.alerts import Alerts
from bot.collect import Prepare, in_thread
from bot.commands import Commands
from bot.configured import person_rules, settings_roles, staff_alerts
from bot.delivery import Delivery
from bot.describing import Describer
from bot.desk import Desk
from bot.dispatch import Dispatcher
from bot.groups import Groups
from bot.intake import DurableIntake
from bot.lookout import Lookout
from bot.messages import Inbound
from bot.metrics import Metrics
from bot.owner import Owner
from bot.parts import Given, Parts
from bot.pausing import Pausing
from bot.people import Admission, Person
from bot.places import Places
from bot.ports import ChatAdapter, Surfaces, VisionModel
from bot.promptbook import PromptBook
from bot.roles import Roles
from bot.rooms import Rooms
from bot.settings import Settings
from bot.stores import ConversationStore
from bot.surfaces import Showing
from bot.upkeep import Upkeep
from bot.verbs.table import slow, spoken
from bot.verbs.verb import Tools, Watched
from prompts.loader import SystemPrompts

log = structlog.get_logger(__name__)

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
    alerts, roles = alerts or staff_alerts(settings, adapters), staff or settings_roles(settings)
    given = Given(settings, store, model, adapters, metrics, prompts, decode=decode, alerts=alerts, roles=roles)
    parts = Parts.of(given)
    tools = _tools(parts, groups)
    # They act on the dispatcher, which brings them what they deal with: it was made before them.
    parts.control.commands, parts.control.owner = Commands(tools), _owner(parts)
    return Core(
        store=store,
        model=model,
        metrics=metrics,
        intake=_intake(parts),
        dispatcher=parts.line.dispatcher,
        desk=parts.serving.desk,
        pausing=parts.line.pausing,
        describer=parts.voice.describer,
        delivery=parts.sending.delivery,
        alerts=alerts,
        upkeep=parts.custody.upkeep,
        places=parts.sending.places,
        rooms=parts.office.rooms,
        prompts=parts.voice.book,
        lookout=parts.office.lookout,
        surfaces=Showing(tools),
    )


def _tools(parts: Parts, groups: Groups | None) -> Tools:
    """What verbs reach into: some of everything."""
    given, pausing, places = parts.given, parts.line.pausing, parts.sending.places
    watched: dict[str, Watched] = {**given.adapters, "model": given.model, "rooms": places, "service": pausing}
    if groups is not None:
        watched["groups"] = groups
    return Tools(
        store=given.store,
        adapters=given.adapters,
        model=given.model,
        desk=parts.serving.desk,
        dispatcher=parts.line.dispatcher,
        delivery=parts.sending.delivery,
        eraser=parts.custody.eraser,
        exporter=parts.custody.exporter,
        handoff=parts.serving.handoff,
        pausing=pausing,
        prompts=parts.voice.book,
        prompting=parts.voice.prompting,
        hearing=parts.voice.hearing,
        roles=given.roles,
        rules=person_rules(given.settings),
        company=given.settings.chat.company,
        max_megabytes=given.settings.images.max_megabytes,
        cards=parts.office.cards,
        counsel=parts.office.counsel,
        watched=watched,
    )


def _owner(parts: Parts) -> Owner:
    return Owner(
        store=parts.given.store,
        taking=parts.serving.taking,
        handoff=parts.serving.handoff,
        delivery=parts.sending.delivery,
        desk=parts.serving.desk,
        dispatcher=parts.line.dispatcher,
    )


def _intake(parts: Parts) -> DurableIntake:
    given, dispatcher = parts.given, parts.line.dispatcher
    rules = person_rules(given.settings)

    def admission(person: Person, inbound: Inbound, now: float) -> Admission:
        if inbound.owned:  # not the customer, whose limits are meant
            return Admission()
        return admit(person, inbound, given.roles.of(person.key), rules, now)

    return DurableIntake(
        given.store,
        given.metrics,
        on_message=dispatcher.put,
        on_control=dispatcher.put_control,
        admit=admission,
        platforms=frozenset(given.adapters),
        slow=lambda command: slow(command, given.roles.of(command.sender.key)),
        spoken=spoken,
        mask=parts.voice.masking.question,
    )
