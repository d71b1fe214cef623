"""The system prompts, as files, and their loader."""
