"""Calendars as files and as a program: what is around `services.sla.domain.calendar`."""
