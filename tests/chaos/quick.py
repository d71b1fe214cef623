"""What a test changes in a bot's process that cannot wait for the pace that platforms set."""

from __future__ import annotations

from collections.abc import Callable

from adapters.pacing import Rate
from adapters.slack import pacing as slack
from adapters.telegram import pacing as telegram

ANY = Rate(100_000, 1.0)


_RATES = ((telegram, ("_OVERALL", "_CHAT", "_GROUP")), (slack, ("_POSTS", "_CHANNEL", "_UPDATES")))


def unpaced(change: Callable[[object, str, object], None] = setattr) -> None:
    """Let Telegram and Slack be sent to at any rate; `change` sets an attribute."""
    for module, names in _RATES:
        for name in names:
            change(module, name, ANY)
