"""What is dealt with at once and not in its turn: commands and thumbs, what is refused, and what owners write."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.commands import Commands
from bot.intake import CONTROLS
from bot.messages import Pending
from bot.owner import Owner
from bot.refusals import Refusals


@dataclass(slots=True)
class Control:
    """Passes it on to who deals with it.

    Commands and owners change what waits in the dispatcher, and it is the dispatcher that hands them over to here: so
    `commands` and `owner` are put in once it is made, before anything comes in.
    """

    refusals: Refusals
    commands: Commands = field(init=False)
    owner: Owner = field(init=False)

    async def handle(self, pending: Pending) -> None:
        """Have it dealt with; settles the inbox row. Raises StoreError."""
        if pending.refusal is not None:
            await self.refusals.handle(pending)
        elif pending.inbound.owned and pending.inbound.kind not in CONTROLS:
            await self.owner.handle(pending)
        else:
            await self.commands.handle(pending)

    async def carry_out(self, pending: Pending) -> float:
        """Carry out a command that had its turn; returns what that took, in milliseconds of the device. Raises
        StoreError."""
        return await self.commands.handle(pending)
