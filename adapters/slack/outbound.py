"""Sending: posts, edits, removals and private answers, none of them twice."""

from __future__ import annotations

import contextlib
import html
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

import structlog
from cachetools import LRUCache

from adapters.pacing import Pacer
from adapters.slack import blocks, lookup, private, render
from adapters.slack import text as slack_text
from adapters.slack.api import MendableError, RefusedError, SlackApi
from adapters.slack.uploads import Images, SlackUploads, shows_pictures
from bot import reasons
from bot.errors import AmbiguousDeliveryError, DeliveryError, RetryLaterError, SlotGoneError, ThreadGoneError
from bot.messages import ChatKey, Outgoing

log = structlog.get_logger(__name__)

Json = dict[str, Any]
T = TypeVar("T")

_NOT_EDITABLE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})
_GONE = frozenset({"message_not_found", "thread_not_found"})
_THREAD_GONE = frozenset({"thread_not_found", "cannot_reply_to_message", "invalid_thread_ts"})
_BLOCKS_REFUSED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
_REMEMBERED = 4096
_CLOCK_SKEW = 300.0


class SlackOutbound:
    """Sends outbox rows."""

    def __init__(self, api: SlackApi, images: Images | None = None) -> None:
        self._api = api
        self._uploads = SlackUploads(api, images)
        self._began: LRUCache[int, float] = LRUCache(_REMEMBERED)
        """When posting these rows began, by Slack's clock, of which it is not certain whether they arrived."""

    def turn(self, item: Outgoing) -> AbstractAsyncContextManager[None]:
        """Entered when Slack answers and would take one more message, of all and in this channel."""
        return self._pacer(item).turn(item.chat.chat)

    def _pacer(self, item: Outgoing) -> Pacer:
        return self._api.pacer.updates if item.slot else self._api.pacer.posts

    async def send(self, item: Outgoing) -> str:
        """Send one row; returns the message's `ts`."""
        payload: Json = json.loads(item.payload)
        try:
            if item.removes:
                return await self._take_away(item)
            if "private" in payload:
                return await self._send_privately(item, payload)
            return await (self._replace if item.slot else self._post)(item, payload)
        except RetryLaterError as error:
            if error.seconds and not isinstance(error, MendableError):
                self._pacer(item).hold(item.chat.chat, error.seconds)
            raise

    async def tell(self, user: str, text: str) -> None:
        """Write plain text into a user's direct messages. Raises a DeliveryError."""
        channel = await self._direct(user)
        async with self._api.pacer.posts.turn(channel):
            post = self._api.client.chat_postMessage(
                channel=channel,
                text=html.escape(text, quote=False),
                mrkdwn=False,
                unfurl_links=False,
                unfurl_media=False,
            )
            await self._api.call(post, repeatable=False)

    async def find(self, item: Outgoing) -> str | None:
        """Look for the row's metadata in its chat."""
        if "private" in json.loads(item.payload):
            raise AmbiguousDeliveryError(reasons.NO_LOOKING_UP.en)
        began = self._began.get(item.id)
        ts = await lookup.find(self._api, item, began - _CLOCK_SKEW if began else 0.0)
        if ts is not None:
            self._began.pop(item.id, None)
        return ts

    async def _direct(self, user: str) -> str:
        opened = await self._api.call(self._api.client.conversations_open(users=user))
        return str(opened["channel"]["id"])

    async def _post(self, item: Outgoing, payload: Json) -> str:
        """Post a new message. Raises ThreadGoneError where its thread is gone."""
        shown = await self._shown(item, payload, {})
        self._began.setdefault(item.id, self._api.clock.now())
        try:
            message = await self._insist(item, shown, lambda shown: self._post_to(item.chat, item, shown))
        except AmbiguousDeliveryError:
            raise
        except DeliveryError as error:
            self._began.pop(item.id, None)
            if isinstance(error, RefusedError) and error.code in _THREAD_GONE:
                raise ThreadGoneError(str(error)) from error
            raise
        self._began.pop(item.id, None)
        # A reply to a message that was deleted becomes one of the channel's, without a word of it.
        if item.chat.thread and not message["threaded"]:
            with contextlib.suppress(RetryLaterError):
                await self._remove(item.chat, message["ts"])
            raise ThreadGoneError(reasons.THREAD_GONE.en)
        return str(message["ts"])

    async def _post_to(self, chat: ChatKey, item: Outgoing, shown: Json) -> Json:
        # A link in an answer is not to make Slack fetch it; a file of ours is shown by its address.
        unfurl = None if "file" in shown else False
        answer = await self._api.call(
            self._api.client.chat_postMessage(
                channel=chat.chat,
                thread_ts=chat.thread or None,
                metadata=lookup.metadata(item),
                text=shown["text"],
                blocks=shown["blocks"],
                unfurl_links=unfurl,
                unfurl_media=unfurl,
            ),
            repeatable=False,
        )
        return {"ts": answer["ts"], "threaded": bool((answer.get("message") or {}).get("thread_ts"))}

    async def _replace(self, item: Outgoing, payload: Json) -> str:
        """Put the payload into the slot. Raises SlotGoneError if that message cannot be changed."""
        there = await self._there(item) if shows_pictures(payload) else {}
        payload = await self._shown(item, payload, there)
        for _ in range(3):
            try:
                shown = await self._insist(item, payload, lambda shown: self._update(item, shown))
            except RefusedError as error:
                if error.code == "streaming_state_conflict":
                    await self._end_stream(item)
                elif error.code in _NOT_EDITABLE:
                    raise SlotGoneError(f"Slack refuses: {error.code}") from None
                else:
                    raise
            else:
                await self._uploads.remove(set(there.values()) - set(blocks.files_shown(shown).values()))
                return item.slot
        raise RetryLaterError("the message is still being streamed")

    async def _update(self, item: Outgoing, shown: Json) -> Json:
        if not shown["blocks"] and len(shown["text"]) > slack_text.UPDATE_LIMIT:
            await self._remove(item.chat, item.slot)
            raise SlotGoneError("too long to be put in place")
        arguments: Json = {"text": shown["text"], "blocks": shown["blocks"], "metadata": lookup.metadata(item)}
        await self._api.call(self._api.client.chat_update(channel=item.chat.chat, ts=item.slot, **arguments))
        return shown

    async def _shown(self, item: Outgoing, payload: Json, there: dict[str, str]) -> Json:
        """The payload with what it shows uploaded; `there` are files that the message shows already."""
        if "file" in payload:
            text = await self._uploads.share(item.id, payload["file"], payload["language"])
            return {**payload, "text": text}
        return await self._uploads.shown(item.id, payload, there)

    async def _insist(self, item: Outgoing, payload: Json, attempt: Callable[[Json], Awaitable[T]]) -> T:
        """Have a message taken, in a simpler form where Slack refuses its blocks."""
        while True:
            try:
                return await attempt(payload)
            except RefusedError as error:
                if error.code not in _BLOCKS_REFUSED or not payload["blocks"]:
                    raise
                payload = self._simpler(item, payload, error)

    def _simpler(self, item: Outgoing, payload: Json, error: RefusedError) -> Json:
        if blocks.files_shown(payload) and "slack file" in error.details:
            if self._uploads.keep_back(item.id):
                raise RetryLaterError("Slack is not done with a picture yet") from error
            log.error("slack_pictures_refused", error=error.code)
            return self._uploads.without(payload)
        log.warning("slack_blocks_refused", error=error.code)
        return {**payload, "text": render.as_text(payload), "blocks": []}

    async def _there(self, item: Outgoing) -> dict[str, str]:
        """The files that a message which is about to be changed or removed shows."""
        try:
            return blocks.files_shown(await lookup.message(self._api, item.chat, item.slot))
        except AmbiguousDeliveryError as error:
            log.info("slack_message_not_seen", reason=str(error))
            return {}

    async def _take_away(self, item: Outgoing) -> str:
        """Remove the message in the slot, and before it its pictures, which would outlive it."""
        if item.slot:
            await self._uploads.remove((await self._there(item)).values())
            try:
                await self._api.call(self._api.client.chat_delete(channel=item.chat.chat, ts=item.slot))
            except RefusedError as error:
                if error.code not in _GONE:
                    raise
        return item.slot

    async def _end_stream(self, item: Outgoing) -> None:
        try:
            await self._api.call(self._api.client.chat_stopStream(channel=item.chat.chat, ts=item.slot))
        except RefusedError as error:
            log.info("slack_stream_not_stopped", error=error.code)

    async def _remove(self, chat: ChatKey, ts: str) -> None:
        try:
            await self._api.call(self._api.client.chat_delete(channel=chat.chat, ts=ts))
        except RefusedError as error:
            log.info("slack_message_not_removed", error=error.code)

    async def _send_privately(self, item: Outgoing, payload: Json) -> str:
        to: str = payload["private"]
        shown = await self._shown(item, payload, {})
        if "file" in payload:  # a message that only one person sees in a channel can hold none
            direct = ChatKey(item.chat.platform, item.chat.account, await self._direct(json.loads(to).get("user", "")))
            message = await self._post_to(direct, item, shown)
            return str(message["ts"])
        room = item.chat.thread
        said = await self._insist(item, shown, lambda shown: private.say(self._api, to, shown, room=room))
        return said or f"private-{item.id}"
