"""Streams of tickets with and without planted clusters, and what the alarm makes of them."""
