"""Whether tests that try a sample of many cases are to try all of them: LOOKSEE_EXHAUSTIVE=1, which takes minutes."""

from __future__ import annotations

import os

FULL = os.environ.get("LOOKSEE_EXHAUSTIVE", "") not in ("", "0")
