"""The services: independent processes that share nothing but events."""
