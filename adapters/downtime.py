"""Since when something has been away, by a clock that nobody can set."""

from __future__ import annotations

import time


class Downtime:
    """How long something has been away, if it is."""

    def __init__(self, *, down: bool = False) -> None:
        self._since: float | None = time.monotonic() if down else None

    def begin(self) -> None:
        """It is away, and may have been before."""
        if self._since is None:
            self._since = time.monotonic()

    def end(self) -> None:
        """It is there."""
        self._since = None

    def __bool__(self) -> bool:
        """Whether it is away."""
        return self._since is not None

    @property
    def seconds(self) -> float:
        """How long it has been away."""
        return 0.0 if self._since is None else time.monotonic() - self._since

    def __str__(self) -> str:
        """The time of day when it went away, as the machine's clock is set now."""
        return f"since {time.strftime('%H:%M', time.gmtime(time.time() - self.seconds))} UTC"
