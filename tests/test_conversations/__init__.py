"""The SQLite store's own parts; what every store does is under contracts."""
