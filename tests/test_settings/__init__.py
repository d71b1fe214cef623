"""Tests of the settings and of what documents them."""
