"""Contract suites: one per port, held against every implementation."""
