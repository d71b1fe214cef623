"""Buttons, shortcuts and windows: what is pressed is handed in, or opens a window whose text is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import structlog
from slack_sdk.models.blocks import MarkdownBlock

from adapters.slack import blocks, interaction, private, sentences
from adapters.slack.api import RefusedError, SlackApi
from adapters.slack.interaction import Form, Interaction
from adapters.slack.payloads import Payload, mapping, string
from adapters.slack.translate import Identity
from adapters.slack.windows import first_field, window
from bot.errors import DeliveryError, LookseeError, StoreError
from bot.messages import Button, Inbound, Language
from bot.ports import Surfaces
from bot.texts import Sentence, choose_language

log = structlog.get_logger(__name__)

Json = dict[str, Any]
HandIn = Callable[[Inbound], Awaitable[bool]]
"""Commits what somebody did; False if that was there already."""

Editors = Mapping[str, Button]
"""Buttons that edit, by what opens the same window as a slash command ("prompt edit"); what follows is added to their
text."""

_TRIGGER_SECONDS = 2.5
"""Slack opens a window within three seconds of what somebody did, or not at all."""


class SlackInteractivity:
    """What Bolt's listeners for interactions do."""

    def __init__(self, api: SlackApi, hand_in: HandIn, editors: Editors) -> None:
        self.surfaces: Surfaces | None = None
        self._api = api
        self._hand_in = hand_in
        self._editors = editors

    async def pressed(self, payload: Payload, me: Identity) -> None:
        """A press of a button in a message or in the home tab. Raises StoreError."""
        found = interaction.pressed(payload, me)
        if found is None:
            return
        where, action = found
        if rating := interaction.rating_of(action):
            rated = where.rated(rating, where.inbound.reply_to)
            if await self._hand_in(rated) and rating < 0:
                await self._ask_why(where, rated)
        elif reason := interaction.reason_of(action):
            language = choose_language(string(mapping(action, "text"), "text"))
            await self._reasoned(where, reason, Form.load(string(action, "value")), language)
        elif button := blocks.button_of(action):
            await self._chosen(where, button)

    async def shortcut(self, payload: Payload, me: Identity) -> None:
        """A choice from a message's menu. Raises StoreError."""
        where = interaction.shortcut(payload, me)
        if where is None:
            return
        if string(payload, "callback_id") == interaction.ASK_SHORTCUT:
            title = sentences.ASK_TITLE.say(choose_language(where.text))
            await self._edit(where, Button(title, "ask", edits=True), label=sentences.QUESTION)
        else:
            await self._chosen(where, Button("", "suggest"))

    async def command(self, inbound: Inbound, payload: Payload) -> bool:
        """Whether a slash command is one that opens a window."""
        whole = f"{inbound.command} {inbound.text}".strip()
        for lead, button in self._editors.items():
            if whole == lead or whole.startswith(f"{lead} "):
                where = Interaction(inbound, inbound.answer_to, string(payload, "trigger_id"))
                argument = f"{button.text} {whole[len(lead) :].strip()}".strip()
                await self._edit(where, replace(button, text=argument))
                return True
        return False

    async def submitted(self, payload: Payload, me: Identity) -> Json:
        """A window that was filled in; returns what Slack is told: nothing, or what is wrong, for the window."""
        inbound = interaction.submission(payload, me)
        if inbound is not None:
            try:
                await self._hand_in(inbound)
            except StoreError:
                view = mapping(payload, "view")
                language = choose_language(string(mapping(view, "title"), "text"))
                errors = {first_field(view): sentences.NOT_STORED.say(language)}
                return {"response_action": "errors", "errors": errors}
        return {}

    async def _chosen(self, where: Interaction, button: Button) -> None:
        if button.edits:
            await self._edit(where, button)
        else:
            await self._hand_in(where.command(button))

    async def _edit(self, where: Interaction, button: Button, label: Sentence = sentences.TEXT) -> None:
        language = choose_language(button.label or where.text)
        inbound = where.command(button)

        async def fill() -> str | None:
            if self.surfaces is None:
                return None
            return await self.surfaces.editable(inbound.sender, button, inbound.chat, inbound.reply_to)

        await self._open(where, Form.of(inbound), button.label, label, language, fill)

    async def _open(
        self,
        where: Interaction,
        form: Form,
        title: str,
        label: Sentence,
        language: Language,
        fill: Callable[[], Awaitable[str | None]] | None = None,
    ) -> None:
        """Open a window for a form, with what `fill` returns in its field; if that cannot be, tell the person why."""
        try:
            async with asyncio.timeout(_TRIGGER_SECONDS):
                text = await fill() if fill else ""
                if text is None:
                    trouble = sentences.NOT_EDITABLE
                elif (view := window(title, label.say(language), form.dump(), language, text=text)) is None:
                    trouble = sentences.TOO_LONG_TO_EDIT
                else:
                    await self._api.call(self._api.client.views_open(trigger_id=where.trigger, view=view))
                    return
        except (LookseeError, TimeoutError) as error:
            if isinstance(error, RefusedError) and error.code == "exchanged_trigger_id":
                return  # it is open: Slack has reported the press once more
            log.warning("slack_window_not_opened", error=type(error).__name__, reason=str(error))
            trouble = sentences.NOT_OPENED
        words = trouble.say(language)
        await self._tell(where, {"text": words, "blocks": [MarkdownBlock(text=words).to_dict()]})

    async def _ask_why(self, where: Interaction, rated: Inbound) -> None:
        language = choose_language(where.text)
        await self._tell(where, blocks.reasons(Form.of(rated, rates=True).dump(), language))

    async def _reasoned(self, where: Interaction, reason: str, form: Form | None, language: Language) -> None:
        if form is None or not form.rates:
            return
        if reason == "other":
            await self._open(where, form, sentences.REASON_TITLE.say(language), sentences.REASON, language)
            return
        rated = where.rated(-1, form.message, reason)
        if await self._hand_in(replace(rated, chat=form.chat, private=form.private)):
            await self._thank(where, language)

    async def _thank(self, where: Interaction, language: Language) -> None:
        if not self._api.serves(where.respond, "hooks"):
            return
        try:
            thanks = sentences.WHY_THANKS.say(language)
            await private.respond(self._api, where.respond, {"replace_original": True, "text": thanks})
        except DeliveryError as error:
            log.info("slack_remark_not_shown", reason=str(error))

    async def _tell(self, where: Interaction, payload: Json) -> None:
        try:
            await private.say(self._api, where.remarks, payload, room=where.inbound.chat.thread)
        except DeliveryError as error:
            log.info("slack_remark_not_shown", reason=str(error))
