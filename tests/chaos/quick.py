"""What a test changes in a bot's process that cannot wait for the pace that platforms set."""

from __future__ import annotations

from adapters.pacing import Rate
from adapters.slack import pacing as slack
from adapters.telegram import pacing as telegram

ANY = Rate(100_000, 1.0)


def unpaced() -> None:
    """Let Telegram and Slack be sent to at any rate."""
    telegram._OVERALL = telegram._CHAT = telegram._GROUP = ANY
    slack._POSTS = slack._CHANNEL = slack._UPDATES = ANY
