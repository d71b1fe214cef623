"""Chat platforms: one package each, with a pure translator and an adapter that does the I/O."""
