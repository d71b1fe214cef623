"""Tests of Looksee."""
