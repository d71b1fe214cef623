"""Strangers' pictures are decoded in processes of their own, so that a decoder's bug is not the bot's end."""
