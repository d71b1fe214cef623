"""A preview whose faults cost nobody an answer."""

from __future__ import annotations

import structlog

from bot.messages import Inbound
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

    def show(self, text: str) -> None:
        """Show the whole of the answer so far."""
        if self._preview is not None and self._showing:
            try:
                self._preview.show(text)
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
