"""``python -m deploy.attacks FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from deploy.attacks import write

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python -m deploy.attacks FOLDER")
    print(write(Path(sys.argv[1])))
