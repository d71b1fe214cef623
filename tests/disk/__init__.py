"""A disk that records what is written to it, fails when it is told to, and loses its power."""
