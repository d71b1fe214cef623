"""The service is broken on purpose, and seen to lose nothing and to say nothing twice: ``python -m tests.chaos``."""
