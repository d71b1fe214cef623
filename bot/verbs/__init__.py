"""Commands: what people can order the bot to do, by role; `table` has all of them."""
