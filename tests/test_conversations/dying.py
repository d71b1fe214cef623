"""Backup and restore, killed before each of their lines.

Run as a program with the command and a data folder: it works on a copy of the folder for each line that the command
goes through, and dies there. The last copy is that of a command that came to its end.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

from conversations import backup, restore

FILES = {backup.__file__, restore.__file__}
NOW = 1_800_000_000.0


def die_before(line: int) -> None:
    """Have this process killed before the given one of the lines that it comes through, counted without repeats."""
    seen = set()

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        if frame.f_code.co_filename not in FILES:
            return None
        if event == "line":
            seen.add((frame.f_code.co_filename, frame.f_lineno))
            if len(seen) == line:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


def command(name: str, folder: Path) -> None:
    """What `looksee backup` and `looksee restore` do."""
    database = folder / "looksee.db"
    if name == "backup":
        backup.back_up(database, backup.default_target(database, NOW), step_pages=8)
    else:
        restore.restore(database, folder / "backup.db", NOW, lambda plan: True)


def main(name: str, folder: Path) -> None:
    """Kill a process at each line. They are forks, so that everything is imported once."""
    for line in count(1):
        work = folder.with_name(f"{line:03}")
        shutil.copytree(folder, work)
        child = os.fork()
        if not child:
            die_before(line)
            command(name, work)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
