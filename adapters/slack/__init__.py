"""Looksee on Slack."""
