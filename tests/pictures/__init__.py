"""The pictures of the documents, drawn anew by one command: ``python -m tests.pictures``.

The service runs, with the platforms' servers of the tests; people use it; and what they see is drawn.
"""
