"""The model in the bot's own process, through llama.cpp."""
