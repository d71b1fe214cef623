"""A terminal, and what of a reply it can show."""

from __future__ import annotations

from adapters.terminal import TerminalAdapter
from bot.messages import Button, File, ImageRef, Outgoing, Reply


async def test_what_cannot_be_shown_is_named() -> None:
    out: list[str] = []
    terminal = TerminalAdapter(out.append, live=False)
    file = File("ticket.json", "application/json", b"{}")
    buttons = (Button("Help", "help"),)
    reply = Reply("Press here", author="Mi\x1ba", pictures=(ImageRef("0" * 64, 640, 400),), file=file, buttons=buttons)
    (payload,) = terminal.render(reply)
    await terminal.send(Outgoing(1, terminal.chat, payload))
    assert "".join(out) == "Mia: Press here\n[640 × 400]\n[ticket.json]\n"


async def test_what_was_printed_stays() -> None:
    out: list[str] = []
    terminal = TerminalAdapter(out.append, live=False)
    await terminal.send(Outgoing(2, terminal.chat, terminal.removal(), slot="1", replaces=1, removes=True))
    assert out == []
