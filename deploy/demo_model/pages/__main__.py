"""`python -m deploy.demo_model.pages OUT`: writes the evaluation set."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from deploy.demo_model.pages.making import make


def main() -> int:
    """Write the set and say what is in it."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo_model.pages", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="OUT", help="where the pictures and questions.jsonl go")
    parser.add_argument("--count", type=int, default=320, help="number of screenshots")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    start = time.monotonic()

    def done(place: int, _name: str) -> None:
        if sys.stderr.isatty() or (place + 1) % 40 == 0:
            print(f"{place + 1} of {options.count} screenshots, {time.monotonic() - start:.0f} s", file=sys.stderr)

    try:
        asked = make(options.folder, options.count, options.seed, done)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    kinds = Counter(line["kind"] for line in asked)
    print(f"{len(asked)} questions about {options.count} screenshots: {dict(sorted(kinds.items()))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
