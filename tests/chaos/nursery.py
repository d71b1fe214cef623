"""A process that has imported the bot, and forks a bot whenever it is told to, one at a time.

Importing takes seconds, which a test that kills hundreds of bots cannot spend on each. A fork keeps what imports make:
modules, their constants and caches, Python's hash seed. It keeps nothing of an earlier bot, because none ever ran here:
settings, logging, threads, connections, the database and the decoders' processes are each bot's own.

An order is a line of JSON on standard input, the fields of `tests.chaos.service.Order`. Standard output says, a line
each: ``started PID``, ``ready URL``, ``ended STATUS``. The end of standard input is the end of everything.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import select
import signal
import sys
from typing import Any, NoReturn

from bot import logs, wiring
from bot.settings import load


def main() -> None:
    """Serve orders."""
    gc.collect()
    gc.freeze()  # what is shared stays shared
    with open(0, "rb", buffering=0, closefd=False) as orders:
        while line := orders.readline():
            _raise(json.loads(line))


def _raise(order: dict[str, Any]) -> None:
    """Have one bot live until it ends, or until nobody is there any more to want it."""
    lives, life = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(lives)  # the other end is closed by the system when this process ends, however it ends
        _live(order)
    os.close(life)
    _say(f"started {pid}")
    while True:
        readable, _, _ = select.select([0, lives], [], [])
        if lives in readable:
            break
        os.kill(pid, signal.SIGKILL)
        select.select([lives], [], [])
        break
    os.close(lives)
    _, status = os.waitpid(pid, 0)
    _say(f"ended {os.waitstatus_to_exitcode(status)}")


def _live(order: dict[str, Any]) -> NoReturn:
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    os.environ.update(order["environment"])
    status = 1
    try:
        for function, arguments in order["prepare"]:
            _call(function, arguments)
        settings = load()
        secrets = [secret.get_secret_value() for secret in settings.secrets()]
        logs.configure(settings.log_level, json=settings.log_json, secrets=secrets)
        asyncio.run(_serve(wiring.Looksee(settings, model=_call(*order["model"]))))
        status = 0
    except BaseException:  # noqa: BLE001 - a fork must not go on as its parent
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


async def _serve(service: wiring.Looksee) -> None:
    asked_to_stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked_to_stop.set)
    await service.start()
    _say(f"ready {service.url}")
    await asked_to_stop.wait()
    await service.stop()


def _call(function: str, arguments: dict[str, Any]) -> Any:
    module, _, name = function.partition(":")
    return getattr(importlib.import_module(module), name)(**arguments)


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main()
