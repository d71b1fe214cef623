"""Looksee on Telegram."""
