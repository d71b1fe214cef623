"""A network between a bot and a server, which can be cut."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Literal

Cut = Literal["silent", "broken"]


class Wire:
    """Listens on a port of its own and passes on, both ways, what comes to a server on loopback.

    While it is cut, "silent" leaves connections open with nothing coming through, new ones too; "broken" ends them all
    at once. Mending a silent one ends the connections that lived through it, or, with `resume`, lets through what was
    on its way.
    """

    def __init__(self) -> None:
        self.port = 0
        self._target = 0
        self._cut: Cut | None = None
        self._whole = asyncio.Event()
        self._whole.set()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self, target: int, port: int = 0) -> None:
        """Listen, for a server on port `target`."""
        self._target = target
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End everything."""
        self._break()
        self._whole.set()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def cut(self, how: Cut) -> None:
        """Let nothing through from now on."""
        self._cut = how
        if how == "silent":
            self._whole.clear()
        else:
            self._break()

    def mend(self, *, resume: bool = False) -> None:
        """Let everything through again."""
        self._cut = None
        if not resume:
            self._break()
        self._whole.set()

    def _break(self) -> None:
        for writer in tuple(self._open):
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self._cut == "broken":
                writer.transport.abort()
                return
            await self._whole.wait()
            if writer.is_closing():
                return
            there, away = await asyncio.open_connection("127.0.0.1", self._target)
            self._open.add(away)
            try:
                await asyncio.gather(self._pass_on(reader, away), self._pass_on(there, writer))
            finally:
                self._open.discard(away)
                away.close()
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(2**16):
                await self._whole.wait()
                target.write(data)
                await target.drain()
        await self._whole.wait()
        if not target.is_closing():
            target.close()
