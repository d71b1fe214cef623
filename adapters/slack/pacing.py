"""Slack's limits: one new message a second and channel, some hundreds a minute in all; fifty changes a minute."""

from __future__ import annotations

from adapters.pacing import Pacer, Rate, Reach

_POSTS = Rate(10, 2.0)
_CHANNEL = Rate(1, 1.0)
# A burst and what comes after it stay, together, within the limit for any minute.
_UPDATES = Rate(10, 15.0)

# Live text leaves this much of the changes to final answers, and this many of the new messages.
_UPDATES_RESERVE = 5
_POSTS_RESERVE = 5
_CHANNEL_RESERVE = 0


class SlackPacer:
    """Spends both budgets of one app: new messages, and changes of messages, which are counted over all channels."""

    def __init__(self, reach: Reach) -> None:
        self.posts = Pacer(reach, _POSTS, lambda channel: (_CHANNEL,))
        self.updates = Pacer(reach, _UPDATES)

    async def room_to_change(self, channel: str) -> bool:
        """Take room for a change that shows live text; False, and nothing taken, if there is not plenty."""
        return await self.updates.spare(channel, overall=_UPDATES_RESERVE, of_chat=())

    async def room_to_begin(self, channel: str) -> bool:
        """Take room for a message that the answer is going to replace; False, and nothing taken, if there is not
        plenty, nor of the changes that its answer will be one of."""
        return self.updates.plenty(channel, overall=_UPDATES_RESERVE, of_chat=()) and await self.posts.spare(
            channel, overall=_POSTS_RESERVE, of_chat=(_CHANNEL_RESERVE,)
        )
