"""Makes the virtual environment and installs Looksee into it, showing what happens; called by the Makefile.

    python3 deploy/install.py [--venv .venv] [--extra dev]

Uses the standard library alone, because nothing else is there yet. The whole of pip's output goes to install.log in the
environment. A file `.installed-<extra>` is left as a stamp, newer than pyproject.toml.
"""

from __future__ import annotations

import argparse
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parents[1]
HEARTBEAT = 20.0
"""Most seconds without a line on the screen."""
PACE = 10.0
"""Fewest seconds between two lines about the compilation."""
STEP = re.compile(r"^\s*\[\s*(?:(\d+)/(\d+)|(\d+)%)\]\s")
COMPILER = """\
A C++ compiler is missing or does not work. Install one and run the same command again:
  Debian, Ubuntu:  sudo apt install build-essential
  Fedora, RHEL:    sudo dnf install gcc-c++ make
  macOS:           xcode-select --install"""
ADVICE = (
    (r"no space left on device", "The disk is full: the installation needs about 2 GB while it runs."),
    (
        r"nvcc|CUDAToolkit|CUDA_COMPILER|No CUDA toolset",
        "The CUDA toolkit (nvcc) was not found. Install it, or run without CMAKE_ARGS to use the CPU.",
    ),
    (
        r"fatal error: Killed|cc1plus.*(killed|out of memory)|virtual memory exhausted",
        "The machine ran out of memory while compiling. Compile one file at a time:\n"
        "  CMAKE_BUILD_PARALLEL_LEVEL=1 make serve",
    ),
    (r"CMAKE_CXX_COMPILER|CMAKE_C_COMPILER|No CMAKE_C|compiler identification is unknown", COMPILER),
    (
        r"name resolution|Failed to establish a new connection|ConnectTimeout|Max retries|ReadTimeout|ProxyError",
        "The package index could not be reached: check the network, or pip's settings for a proxy or a mirror.",
    ),
    (r"No matching distribution found", "A package was not found: check which package index pip is set to use."),
    (r"Permission denied", "Some file may not be written: is the folder yours?"),
)


class Progress:
    """Turns pip's lines into the few that people want to see. Times are seconds of any steady clock."""

    def __init__(self, now: float) -> None:
        self._started = self._shown = now
        self._compiling: float | None = None
        self._doing = "starting"

    def feed(self, line: str, now: float) -> str | None:
        """What to show after this line of pip's output, if anything."""
        step = STEP.match(line)
        if step and self._compiling is not None:
            return self._step(step, now)
        text = line.strip()
        if text.startswith("Running command Building wheel for llama-cpp-python"):
            self._compiling = now
            self._doing = "preparing to compile llama.cpp"
            return self._show(self._doing, now)
        if text.startswith("Building wheel for llama-cpp-python") and "finished" in text:
            self._compiling = None
        found = re.match(r"Downloading (\S+) \((\d+\.?\d* [MG]B)\)", text)
        if found:
            self._doing = f"downloading {found[1].rpartition('/')[2]} ({found[2]})"
            return self._show(self._doing, now) if float(found[2].split()[0]) >= 10 else None
        if line.startswith("Installing collected packages:"):
            self._doing = f"installing {line.count(',') + 1} packages"
            return self._show(self._doing, now)
        if text.startswith("Collecting "):
            self._doing = "looking up " + text.split()[1]
        return None

    def beat(self, now: float) -> str | None:
        """What to show when the screen has been still for long."""
        if now - self._shown < HEARTBEAT:
            return None
        return self._show(f"still {self._doing}, {_duration(now - self._started)} so far", now)

    def _step(self, step: re.Match[str], now: float) -> str | None:
        done, total, percent = step.groups()
        share = f"{percent} %" if percent else f"{done} of {total} steps"
        self._doing = f"compiling llama.cpp: {share}"
        if now - self._shown < PACE and done != total:
            return None
        return self._show(f"{self._doing}, {_duration(now - (self._compiling or now))}", now)

    def _show(self, text: str, now: float) -> str:
        self._shown = now
        return text


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def advise(log: str) -> str:
    """What to do about a failed installation, going by the end of its log; "" if nothing is recognised."""
    return next((advice for pattern, advice in ADVICE if re.search(pattern, log, re.IGNORECASE)), "")


def say(text: str) -> None:
    """Show a line at once, even through a pipe."""
    print(text, flush=True)


def make_environment(folder: Path) -> None:
    """Create the virtual environment unless it is there and works. Exits with what to do if it cannot be made."""
    python = folder / "bin" / "python"
    if python.exists() and subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", folder], capture_output=True, text=True)
    if made.returncode != 0:
        sys.exit(
            f"{made.stdout}{made.stderr}\nThe virtual environment {folder} could not be made. On Debian and Ubuntu:\n"
            "  sudo apt install python3-venv"
        )


def pip(folder: Path, arguments: list[str], log: Path) -> None:
    """Run pip with progress on the screen and everything in `log`. Exits with what to do if it fails."""
    command = [f"{folder}/bin/python", "-m", "pip", "install", "--verbose", "--progress-bar", "off", *arguments]
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1"}
    progress, tail = Progress(time.monotonic()), deque[str](maxlen=400)
    lines: queue.Queue[str | None] = queue.Queue()
    with (
        log.open("a", encoding="utf-8") as file,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            text=True,
            errors="replace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        threading.Thread(target=_read, args=(process, lines), daemon=True).start()
        try:
            while (line := _next(lines)) is not None:
                if line:
                    file.write(line)
                    file.flush()
                    tail.append(line)
                now = time.monotonic()
                news = progress.feed(line, now) or progress.beat(now)
                if news:
                    say(f"  {news}")
        except KeyboardInterrupt:
            process.terminate()
            sys.exit("\nInterrupted. The same command begins again; what was compiled to the end is kept.")
    if process.returncode != 0:
        _fail("".join(tail), log)


def _read(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    for line in process.stdout or ():
        lines.put(line)
    lines.put(None)


def _next(lines: queue.Queue[str | None]) -> str | None:
    """The next line; "" after a second without one, None at the end."""
    try:
        return lines.get(timeout=1)
    except queue.Empty:
        return ""


def _fail(tail: str, log: Path) -> None:
    """End with the last lines that matter and with advice."""
    last = [line for line in tail.splitlines() if line.strip() and not line.startswith("WARNING: Location")][-25:]
    sys.exit("\n".join(["", *last, "", f"The installation failed; the whole log is in {log}.", advise(tail)]))


def model_library() -> str:
    """The requirement on llama-cpp-python, as pyproject.toml has it."""
    import tomllib  # only from Python 3.11 on, which has been checked by now

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return str(next(line for line in project["dependencies"] if line.startswith("llama-cpp-python")))


def install(folder: Path, extra: str) -> None:
    """Install everything into the environment and leave the stamps."""
    began = time.monotonic()
    say(f"Setting up Looksee in {folder} ...")
    make_environment(folder)
    log = folder / "install.log"
    log.write_text("", encoding="utf-8")
    installed = any(folder.glob("lib/python*/site-packages/llama_cpp"))
    build, built = os.environ.get("CMAKE_ARGS", "").strip(), folder / ".cmake-args"
    rebuild = bool(build) and build != (built.read_text("utf-8") if built.exists() else "")
    if rebuild or not installed:
        say("  The model library (llama.cpp) is compiled unless pip has kept it: about 10 minutes on two cores.")
        if not (shutil.which(os.environ.get("CXX", "c++")) or shutil.which("g++") or shutil.which("clang++")):
            say(f"  No C++ compiler was found, so this is likely to fail.\n{COMPILER}")
    if rebuild:
        # pip keeps what it has compiled and does not look at CMAKE_ARGS: it would take a build for another machine.
        pip(folder, ["--no-cache-dir", "--force-reinstall", "--no-deps", model_library()], log)
        built.write_text(build, encoding="utf-8")
    pip(folder, ["--editable", f".[{extra}]" if extra else "."], log)
    for name in {"runtime", extra or "runtime"}:
        (folder / f".installed-{name}").touch()
    say(f"Ready, after {_duration(time.monotonic() - began)}.")


def main() -> None:
    """Read the command line and install."""
    if sys.version_info < PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(
            f"Looksee needs Python 3.11 or newer; {sys.executable} is {found}.\n"
            "Install a newer one and name it, for example: make serve PYTHON=python3.12"
        )
    parser = argparse.ArgumentParser(description="Make the virtual environment and install Looksee into it.")
    parser.add_argument("--venv", type=Path, default=Path(".venv"), help="folder of the environment")
    parser.add_argument("--extra", default="", help="optional dependencies, such as dev")
    arguments = parser.parse_args()
    install(arguments.venv.absolute(), arguments.extra)


if __name__ == "__main__":
    main()
