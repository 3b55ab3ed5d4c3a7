"""Asks a chat-completions endpoint about unclear tickets, where one is set up; see `asking`."""
