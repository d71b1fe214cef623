"""The command menus: what everybody sees, what agents see in their group, and what each of the staff sees in private.

For show only: a role is checked when a command is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import BotCommand, BotCommandScopeChat, BotCommandScopeDefault, BotCommandScopeUnion

from adapters.telegram.chats import PLATFORM
from bot.messages import LANGUAGES, CommandInfo, Language, Role

log = structlog.get_logger(__name__)

_DEFAULT_LANGUAGE: Language = "en"


class Menus:
    """Sets the menus. Failures are logged and nothing else: every command works without its menu. `staff` are those
    with a role, by `Sender.key`; `desk` is the agents' group, 0 for none."""

    def __init__(self, bot: Bot, commands: Sequence[CommandInfo], staff: Mapping[str, Role], desk: int) -> None:
        self._bot = bot
        self._commands = commands
        self._staff = _here(staff)
        self._waiting = set(self._staff)
        self._desk = desk

    async def publish(self) -> None:
        """Set the menus of everybody, of the agents' group, and of the staff."""
        if not self._commands:
            return
        await self._set(BotCommandScopeDefault(), Role.CUSTOMER, self._commands)
        if self._desk:
            here = [command for command in self._commands if command.among_agents]
            await self._set(BotCommandScopeChat(chat_id=self._desk), Role.AGENT, here)
        for key in tuple(self._waiting):
            await self.greet(key)

    async def refresh(self, staff: Mapping[str, Role]) -> None:
        """Set the menus of those whose role is another one from now on, or who have none any more."""
        before, self._staff = self._staff, _here(staff)
        changed = {key for key in before.keys() | self._staff.keys() if before.get(key) != self._staff.get(key)}
        self._waiting |= changed
        for key in changed:
            await self.greet(key)

    def awaits(self, key: str) -> bool:
        """Whether somebody's menu could not be set yet: Telegram refuses until they have written to the bot."""
        return bool(self._commands) and key in self._waiting

    async def greet(self, key: str) -> None:
        """Set the menu of one of the staff in their chat with the bot, or take it back."""
        scope = BotCommandScopeChat(chat_id=int(key.partition(":")[2]))
        role = self._staff.get(key)
        if await (self._clear(scope) if role is None else self._set(scope, role, self._commands)):
            self._waiting.discard(key)

    async def _set(self, scope: BotCommandScopeUnion, role: Role, commands: Sequence[CommandInfo]) -> bool:
        try:
            for language in LANGUAGES:
                menu = [
                    BotCommand(command=command.name, description=command.description[language])
                    for command in commands
                    if command.role <= role
                ]
                await self._bot.set_my_commands(menu, scope=scope, language_code=_code(language))
        except AiogramError as error:
            log.info("menu_not_set", scope=scope.type, error=type(error).__name__)
            return False
        return True

    async def _clear(self, scope: BotCommandScopeUnion) -> bool:
        try:
            for language in LANGUAGES:
                await self._bot.delete_my_commands(scope=scope, language_code=_code(language))
        except AiogramError as error:
            log.info("menu_not_cleared", scope=scope.type, error=type(error).__name__)
            return False
        return True


def _here(staff: Mapping[str, Role]) -> dict[str, Role]:
    return {key: role for key, role in staff.items() if key.startswith(f"{PLATFORM}:") and role > Role.CUSTOMER}


def _code(language: Language) -> str | None:
    return None if language == _DEFAULT_LANGUAGE else language
