"""What a test changes in a bot's process that cannot wait for the pace that platforms set."""

from __future__ import annotations

from adapters.pacing import Rate
from adapters.telegram import pacing


def unpaced() -> None:
    """Let Telegram be sent to at any rate."""
    pacing._OVERALL = Rate(100_000, 1.0)
    pacing._CHAT = Rate(1000, 1.0)
    pacing._GROUP = Rate(1000, 1.0)
