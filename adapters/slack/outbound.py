"""Sending: posts, edits and private answers, none of them twice."""

from __future__ import annotations

import hashlib
import html
import json
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import structlog
from cachetools import LRUCache

from adapters.pacing import Pacer
from adapters.slack import render
from adapters.slack import text as slack_text
from adapters.slack.api import TOKEN_REFUSED, MendableError, RefusedError, SlackApi, unanswered
from bot.errors import AmbiguousDeliveryError, DeliveryError, RetryLaterError, SlotGoneError
from bot.messages import Outgoing

log = structlog.get_logger(__name__)

MESSAGE_EVENT = "looksee_message"
"""Metadata type of a final message; its payload names the outbox row."""

_NOT_EDITABLE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})
_BLOCKS_REFUSED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
_REMEMBERED = 4096
_PAGES = 20
_PAGE = 200
_CLOCK_SKEW = 300.0


class SlackOutbound:
    """Sends outbox rows."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._began: LRUCache[int, float] = LRUCache(_REMEMBERED)
        """When posting these rows began, by Slack's clock, of which it is not certain whether they arrived."""

    def turn(self, item: Outgoing) -> AbstractAsyncContextManager[None]:
        """Entered when Slack answers and would take one more message, of all and in this channel."""
        return self._pacer(item).turn(item.chat.chat)

    def _pacer(self, item: Outgoing) -> Pacer:
        return self._api.pacer.updates if item.slot else self._api.pacer.posts

    async def send(self, item: Outgoing) -> str:
        """Send one row; returns the message's `ts`."""
        payload: dict[str, Any] = json.loads(item.payload)
        if "private" in payload:
            return await self._send_privately(item, payload)
        try:
            return await (self._replace if item.slot else self._post)(item, payload)
        except RetryLaterError as error:
            if error.seconds and not isinstance(error, MendableError):
                self._pacer(item).hold(item.chat.chat, error.seconds)
            raise

    async def tell(self, user: str, text: str) -> None:
        """Write plain text into a user's direct messages. Raises a DeliveryError."""
        client = self._api.client
        opened = await self._api.call(client.conversations_open(users=user))
        channel = str(opened["channel"]["id"])
        async with self._api.pacer.posts.turn(channel):
            post = client.chat_postMessage(
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
            raise AmbiguousDeliveryError("a private answer cannot be looked up")
        wanted = _metadata(item)["event_payload"]
        cursor = ""
        for _ in range(_PAGES):
            page = await self._page(item, cursor)
            for message in page.get("messages") or ():
                metadata = message.get("metadata") or {}
                if metadata.get("event_type") == MESSAGE_EVENT and metadata.get("event_payload") == wanted:
                    self._began.pop(item.id, None)
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None
        raise AmbiguousDeliveryError("the chat is too long to be looked through")

    async def _page(self, item: Outgoing, cursor: str) -> dict[str, Any]:
        began = self._began.get(item.id)
        arguments: dict[str, Any] = {
            "channel": item.chat.chat,
            "include_all_metadata": True,
            "limit": _PAGE,
            "oldest": f"{began - _CLOCK_SKEW:.6f}" if began else "0",
            **({"cursor": cursor} if cursor else {}),
        }
        client = self._api.client
        call = (
            client.conversations_replies(ts=item.chat.thread, **arguments)
            if item.chat.thread
            else client.conversations_history(**arguments)
        )
        try:
            answer = await self._api.call(call)
        except RefusedError as error:
            if error.code in ("thread_not_found", "channel_not_found"):
                return {}
            raise AmbiguousDeliveryError(f"Slack cannot be asked: {error.code}") from error
        except MendableError as error:
            if error.code in TOKEN_REFUSED:  # nothing works until that is mended; else only asking does not
                raise
            raise AmbiguousDeliveryError(f"Slack cannot be asked: {error.code}") from error
        return answer.data if isinstance(answer.data, dict) else {}

    async def _post(self, item: Outgoing, payload: dict[str, Any]) -> str:
        self._began.setdefault(item.id, self._api.clock.now())
        try:
            ts = await self._post_now(item, payload)
        except AmbiguousDeliveryError:
            raise
        except DeliveryError:
            self._began.pop(item.id, None)
            raise
        self._began.pop(item.id, None)
        return ts

    async def _post_now(self, item: Outgoing, payload: dict[str, Any]) -> str:
        arguments: dict[str, Any] = {
            "channel": item.chat.chat,
            "thread_ts": item.chat.thread or None,
            "metadata": _metadata(item),
            # A link in an answer is not to make Slack fetch it.
            "unfurl_links": False,
            "unfurl_media": False,
        }
        post = self._api.client.chat_postMessage
        try:
            answer = await self._api.call(
                post(text=payload["text"], blocks=payload["blocks"], **arguments), repeatable=False
            )
        except RefusedError as error:
            if error.code not in _BLOCKS_REFUSED:
                raise
            log.warning("slack_blocks_refused", error=error.code)
            answer = await self._api.call(post(text=render.as_text(payload), **arguments), repeatable=False)
        return str(answer["ts"])

    async def _replace(self, item: Outgoing, payload: dict[str, Any]) -> str:
        """Put the payload into the slot. Raises SlotGoneError if that message cannot be changed."""
        arguments: dict[str, Any] = {"channel": item.chat.chat, "ts": item.slot, "metadata": _metadata(item)}
        update = self._api.client.chat_update
        shown = {"text": payload["text"], "blocks": payload["blocks"]}
        for _ in range(3):
            try:
                await self._api.call(update(**arguments, **shown))
            except RefusedError as error:
                if error.code == "streaming_state_conflict":
                    await self._end_stream(item)
                elif error.code in _BLOCKS_REFUSED and shown["blocks"]:
                    log.warning("slack_blocks_refused", error=error.code)
                    shown = {"text": render.as_text(payload), "blocks": []}
                    if len(shown["text"]) > slack_text.UPDATE_LIMIT:
                        await self._remove(item)
                        raise SlotGoneError("too long to be put in place") from None
                elif error.code in _NOT_EDITABLE:
                    raise SlotGoneError(f"Slack refuses: {error.code}") from None
                else:
                    raise
            else:
                return item.slot
        raise RetryLaterError("the message is still being streamed")

    async def _end_stream(self, item: Outgoing) -> None:
        try:
            await self._api.call(self._api.client.chat_stopStream(channel=item.chat.chat, ts=item.slot))
        except RefusedError as error:
            log.info("slack_stream_not_stopped", error=error.code)

    async def _remove(self, item: Outgoing) -> None:
        try:
            await self._api.call(self._api.client.chat_delete(channel=item.chat.chat, ts=item.slot))
        except RefusedError as error:
            log.info("slack_message_not_removed", error=error.code)

    async def _send_privately(self, item: Outgoing, payload: dict[str, Any]) -> str:
        address: dict[str, str] = json.loads(payload["private"])
        url = address.get("url", "")
        # The address comes from outside: text goes to Slack's own hosts and nowhere else.
        if self._api.serves(url, "hooks") and await self._respond(url, payload):
            return f"private-{item.id}"
        answer = await self._api.call(
            self._api.client.chat_postEphemeral(
                channel=address.get("channel", ""),
                user=address.get("user", ""),
                text=payload["text"],
                blocks=payload["blocks"],
                thread_ts=item.chat.thread or None,
            ),
            repeatable=False,
        )
        return str(answer["message_ts"])

    async def _respond(self, url: str, payload: dict[str, Any]) -> bool:
        """Post to a response_url; False if it is used up (five answers within half an hour)."""
        body = {"response_type": "ephemeral", "text": payload["text"], "blocks": payload["blocks"]}
        try:
            async with self._api.session.post(
                url, json=body, allow_redirects=False, proxy=self._api.client.proxy
            ) as response:
                if response.status == 429:
                    raise RetryLaterError("response_url: HTTP 429")
                if response.status >= 500:
                    raise AmbiguousDeliveryError(f"response_url: HTTP {response.status}")
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unanswered(error, repeatable=False) from error


def _metadata(item: Outgoing) -> dict[str, Any]:
    # A fresh database counts its rows from one again: the digest keeps apart what only shares a number.
    digest = hashlib.sha256(item.payload.encode()).hexdigest()[:16]
    return {"event_type": MESSAGE_EVENT, "event_payload": {"outbox_id": str(item.id), "digest": digest}}
