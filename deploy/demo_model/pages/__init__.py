"""Screenshots of web pages, rendered by Chromium, with questions about them: what the demo model is measured by.

Nothing here is used in training, and nothing of training but the sentences of the answers is used here: the pages, the
fonts, the words in them and the wordings of the questions are this package's own.
"""
