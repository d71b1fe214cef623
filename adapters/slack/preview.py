"""The answer while it is made: a status, then streamed text, or an edited message where Slack does not stream."""

from __future__ import annotations

import asyncio
import re

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_chat_stream import AsyncChatStream

from adapters.preview import PacedPreview
from adapters.slack import render
from adapters.slack import text as slack_text
from adapters.slack.api import RATE_LIMITED, SlackApi, error_code, retry_after
from bot import texts
from bot.messages import Inbound
from bot.spoken import Links

log = structlog.get_logger(__name__)

PREVIEW_EVENT = "looksee_preview"
"""Metadata type of a message that holds no final answer yet."""

_INTERVAL = 1.2
_KEEP_ALIVE = 60.0  # a status goes out by itself after two minutes
_LIMIT = slack_text.BLOCK_LIMIT - 500
# What was streamed stays as it is, and whether there is an address or a mention in a word shows at its end.
_UNFINISHED = re.compile(r"(?<![!-~])[!-~]*[\[\]<&:@][!-~]*\Z")


class SlackPreview(PacedPreview):
    """Streams in threads; at the top level of a direct message, where Slack does not stream, edits a placeholder."""

    def __init__(self, api: SlackApi, inbound: Inbound, links: Links, *, interval: float = _INTERVAL) -> None:
        self._api = api
        self._links = links
        self._chat = inbound.chat
        self._looking = texts.LOOKING.say(texts.choose_language(inbound.text, inbound.sender.language))
        self._recipient = inbound.sender.key.partition(":")[2].partition("/")
        self._stream: AsyncChatStream | None = None
        self._streaming = bool(inbound.chat.thread)
        self._appended = ""
        self._ts = ""
        self._has_status = False
        self._has_room = False
        self._not_before = 0.0
        super().__init__(interval=interval, keep_alive=_KEEP_ALIVE)

    async def _alive(self) -> None:
        if self._ts:
            return
        if self._chat.thread:
            self._has_status = await self._set_status(self._remark or self._looking) or self._has_status
        else:
            await self._edit(f"_{self._remark or self._looking}_")

    async def _tell(self, remark: str) -> None:
        if self._chat.thread and not self._ts and await self._set_status(remark):
            self._has_status = True
            return
        self._streaming = False  # the message that holds the remark becomes the answer
        await self._edit(f"_{remark}_")

    async def _update(self, text: str) -> None:
        if asyncio.get_running_loop().time() < self._not_before:
            return
        if self._streaming and not await self._append(self._shown(_UNFINISHED.sub("", text))):
            self._streaming = False
            await self._end_stream()
        if not self._streaming:
            await self._edit(self._shown(text))

    def _shown(self, text: str) -> str:
        return slack_text.clip(slack_text.defuse(text, self._links), _LIMIT)

    async def _append(self, shown: str) -> bool:
        """Stream what is new; False if Slack will not, or not any more."""
        if self._appended.startswith(shown):
            return True
        if not shown.startswith(self._appended):
            return False
        if self._stream is None:
            if not await self._may_begin():
                return True
            team, _, user = self._recipient
            self._stream = await self._api.client.chat_stream(
                channel=self._chat.chat,
                thread_ts=self._chat.thread,
                recipient_team_id=team,
                recipient_user_id=user,
                buffer_size=1,
            )
        # What a failed call could not send stays in the stream's buffer, and goes with the next one.
        delta, self._appended = shown[len(self._appended) :], shown
        try:
            await self._stream.append(markdown_text=delta)
        except SlackApiError as error:
            if not self._postpone(error):
                log.info("slack_stream_refused", error=error_code(error))
                return False
        finally:
            self._ts = self._stream.ts or self._ts
        return True

    async def _edit(self, markdown: str) -> None:
        if not markdown.strip():
            return
        content = render.content(markdown, self._links)
        try:
            if self._ts:
                if await self._api.pacer.room_to_change(self._chat.chat):
                    await self._api.client.chat_update(channel=self._chat.chat, ts=self._ts, **content)
                return
            if not await self._may_begin():
                return
            answer = await self._api.client.chat_postMessage(
                channel=self._chat.chat,
                thread_ts=self._chat.thread or None,
                unfurl_links=False,
                unfurl_media=False,
                metadata={"event_type": PREVIEW_EVENT, "event_payload": {}},
                **content,
            )
            self._ts = str(answer["ts"])
        except SlackApiError as error:
            if not self._postpone(error):
                raise

    async def _may_begin(self) -> bool:
        # What a stream that was refused did not use serves the message that is edited in its place.
        self._has_room = self._has_room or await self._api.pacer.room_to_begin(self._chat.chat)
        return self._has_room

    def _postpone(self, error: SlackApiError) -> bool:
        """Skip what comes while Slack asks to wait; False if the error is another one."""
        if error_code(error) not in RATE_LIMITED and getattr(error.response, "status_code", 0) != 429:
            return False
        seconds = retry_after(error) or 1.0
        self._not_before = asyncio.get_running_loop().time() + seconds
        pacer = self._api.pacer
        (pacer.updates if self._ts else pacer.posts).hold(self._chat.chat, seconds)
        return True

    async def _set_status(self, status: str) -> bool:
        try:
            await self._api.client.assistant_threads_setStatus(
                channel_id=self._chat.chat, thread_ts=self._chat.thread, status=status
            )
        except Exception as error:  # noqa: BLE001 - a status is an extra that many kinds of channels do not have
            log.debug("slack_status_refused", error=type(error).__name__)
            return False
        return True

    async def _end_stream(self) -> None:
        if self._stream is None or self._stream.ts is None:
            return
        stream, self._stream = self._stream, None
        try:
            await self._api.client.chat_stopStream(channel=self._chat.chat, ts=str(stream.ts))
        except Exception as error:  # noqa: BLE001 - it ends by itself, and `SlackAdapter.send` can end it too
            log.debug("slack_stream_not_stopped", error=type(error).__name__)

    async def _finish(self, *, keep: bool) -> str:
        await self._end_stream()
        if keep:
            return self._ts
        if self._ts:
            await self._api.client.chat_delete(channel=self._chat.chat, ts=self._ts)
        elif self._has_status:
            await self._set_status("")
        return ""


class NoPreview:
    """For answers that only one person may see."""

    def remark(self, text: str) -> None:
        """Show nothing."""

    def show(self, text: str) -> None:
        """Show nothing."""

    async def close(self, *, keep: bool) -> str:
        """There is nothing to keep."""
        return ""
