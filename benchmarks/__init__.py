"""Measurements of the system and of what it is compared with, side by side in one run."""
