"""The verb `prompt`: what is typed after it, what it does, and what it says."""
