"""Previews whose faults cost nobody an answer: from the first remark, while a question waits, to the answer's end."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from bot.messages import ChatKey, Inbound
from bot.ports import ChatAdapter, Preview

log = structlog.get_logger(__name__)


class BestEffort:
    """Shows what an adapter's preview shows; once that has raised, nothing more until the end."""

    def __init__(self, adapter: ChatAdapter, inbound: Inbound) -> None:
        self._platform = adapter.platform
        self._preview: Preview | None = None
        self._showing = True
        try:
            self._preview = adapter.preview(inbound)
        except Exception:
            log.exception("preview_failed", platform=self._platform)

    def remark(self, text: str) -> None:
        """Show how things stand, until there is something of the answer."""
        self._attempt(lambda preview: preview.remark(text))

    def show(self, text: str) -> None:
        """Show the whole of the answer so far."""
        self._attempt(lambda preview: preview.show(text))

    def _attempt(self, action: Callable[[Preview], None]) -> None:
        if self._preview is not None and self._showing:
            try:
                action(self._preview)
            except Exception:
                log.exception("preview_failed", platform=self._platform)
                self._showing = False

    async def close(self, *, keep: bool) -> str:
        """End the preview; with `keep`, returns the id of the message that holds it ("": none)."""
        if self._preview is None:
            return ""
        try:
            return await self._preview.close(keep=keep)
        except Exception:
            log.exception("preview_failed", platform=self._platform)
            return ""


class Previews:
    """The previews of questions that still wait, one a chat."""

    def __init__(self, adapters: Mapping[str, ChatAdapter]) -> None:
        self._adapters = adapters
        self._open: dict[ChatKey, BestEffort] = {}

    def remark(self, inbound: Inbound, text: str) -> bool:
        """Tell a chat how things stand with its question; True if that is the first it hears of it."""
        first = inbound.chat not in self._open
        if first:
            self._open[inbound.chat] = self._begin(inbound)
        self._open[inbound.chat].remark(text)
        return first

    def take(self, inbound: Inbound, remark: str) -> BestEffort:
        """Hand over the preview for an answer: the one that waited, with a new remark, or a new one."""
        preview = self._open.pop(inbound.chat, None)
        if preview is None:
            return self._begin(inbound)
        preview.remark(remark)
        return preview

    async def drop(self, chat: ChatKey) -> None:
        """Remove what a chat was told."""
        preview = self._open.pop(chat, None)
        if preview is not None:
            await preview.close(keep=False)

    def _begin(self, inbound: Inbound) -> BestEffort:
        return BestEffort(self._adapters[inbound.chat.platform], inbound)
