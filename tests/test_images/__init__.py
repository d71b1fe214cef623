"""Tests of `bot.images` and `bot.sniff`."""
