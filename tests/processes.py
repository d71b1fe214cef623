"""Looking at processes that the tests did not start themselves."""

from __future__ import annotations

import os
import select


def gone(process: int) -> bool:
    """Whether the process has ended, be it buried or not."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 0)[0])
    finally:
        os.close(handle)


async def has_gone(process: int) -> bool:
    """The same, to be waited for."""
    return gone(process)
