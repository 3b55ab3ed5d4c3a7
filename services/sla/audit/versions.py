"""Versions of policy and calendars that a database keeps. Read by `reading`, asked by `judge`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.sla.audit.books import Books
from services.sla.audit.terms import Terms

Json = Mapping[str, Any]


class Versions:
    """Bodies of policies and of calendars by version, as they are stored."""

    def __init__(self, policies: Mapping[str, Json], calendars: Mapping[str, Json]) -> None:
        self._policies, self._calendars = policies, calendars
        self._terms: dict[str, Terms] = {}
        self._books: dict[tuple[str, str | None], Books] = {}

    def terms(self, version: str) -> Terms:
        """What that version promises. Raises KeyError, also for one that is not understood."""
        if version not in self._terms:
            self._terms[version] = Terms(self._policies[version])
        return self._terms[version]

    def books(self, version: str, counted_by: str | None) -> Books:
        """Its calendars with the holidays of `counted_by`, its own where that is None. Raises
        KeyError."""
        key = (version, counted_by)
        if key not in self._books:
            today = None if counted_by is None else self._calendars[counted_by]
            self._books[key] = Books(self._policies[version].get("book"), today)
        return self._books[key]

    def other_books(self, version: str, counted_by: str | None) -> list[Books]:
        """By whose holidays its clocks may have been counted before."""
        if counted_by is None:
            return []
        others: list[str | None] = [None, *sorted(self._calendars.keys() - {counted_by})]
        return [self.books(version, other) for other in others]
