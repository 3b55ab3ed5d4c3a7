"""Triage: which class, how urgent, who works on it, and why."""
