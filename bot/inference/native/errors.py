"""How native calls fail."""

from __future__ import annotations


class NativeError(Exception):
    """A native call failed; what it did to its sequences is unknown: they must be dropped."""


class NoRoomError(Exception):
    """The context has no cells left for a batch or a state; nothing has changed."""
