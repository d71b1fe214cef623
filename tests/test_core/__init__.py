"""Tests of the rooms between the edges."""
