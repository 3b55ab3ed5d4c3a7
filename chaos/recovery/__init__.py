"""Measures how the system comes back: throughput behind each fault, backlog, zombies, poison.

`run` is the way in, called by `aftercare recovery`.
"""
