"""Clocks that a conversation starts: read rules, watches, reading."""
