"""`looksee eval`: how many questions about screenshots a model answers rightly."""
