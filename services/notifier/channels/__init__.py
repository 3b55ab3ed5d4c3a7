"""Providers that carry messages to people, each in its own wire format. Called by the sender."""
