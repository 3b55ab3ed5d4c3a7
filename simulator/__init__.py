"""Upstream order systems, customers and agents during a livestream: seeded and replayable."""
