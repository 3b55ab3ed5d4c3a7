"""Clocks: which promises about time a ticket is under, and what became of each."""
