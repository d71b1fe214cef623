"""Tests of evaluating a model, and of what is read as JSON."""
