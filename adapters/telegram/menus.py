"""The command menus: what everybody sees, and what admins see in their private chats. For show only."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import BotCommand, BotCommandScopeChat, BotCommandScopeDefault, BotCommandScopeUnion

from adapters.telegram.translate import PLATFORM
from bot.messages import LANGUAGES, CommandInfo, Language, Role

log = structlog.get_logger(__name__)

_DEFAULT_LANGUAGE: Language = "en"


class Menus:
    """Sets the menus. Failures are logged and nothing else: every command works without its menu."""

    def __init__(self, bot: Bot, commands: Sequence[CommandInfo], admins: Collection[str]) -> None:
        self._bot = bot
        self._commands = commands
        self._waiting = {key for key in admins if key.startswith(f"{PLATFORM}:")}

    async def publish(self) -> None:
        """Set the menu of everybody and those of the admins."""
        if not self._commands:
            return
        await self._set(BotCommandScopeDefault(), Role.CUSTOMER)
        for key in tuple(self._waiting):
            await self.greet(key)

    def awaits(self, key: str) -> bool:
        """Whether an admin's menu could not be set yet: Telegram refuses until they have written to the bot."""
        return bool(self._commands) and key in self._waiting

    async def greet(self, key: str) -> None:
        """Set the menu of one admin."""
        if await self._set(BotCommandScopeChat(chat_id=int(key.partition(":")[2])), Role.ADMIN):
            self._waiting.discard(key)

    async def _set(self, scope: BotCommandScopeUnion, role: Role) -> bool:
        try:
            for language in LANGUAGES:
                menu = [
                    BotCommand(command=command.name, description=command.description[language])
                    for command in self._commands
                    if command.role <= role
                ]
                code = None if language == _DEFAULT_LANGUAGE else language
                await self._bot.set_my_commands(menu, scope=scope, language_code=code)
        except AiogramError as error:
            log.info("menu_not_set", scope=scope.type, error=type(error).__name__)
            return False
        return True
