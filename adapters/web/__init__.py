"""Looksee on web pages: chat page and HTTP API."""
