"""Tests of the model on a server."""
