"""Tells people: what to say to whom, when, through which provider, and what became of it."""
