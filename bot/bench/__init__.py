"""Benchmarks. Each one measures an alternative in the same run and gives the ratio."""
