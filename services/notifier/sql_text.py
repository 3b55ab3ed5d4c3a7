"""The notifier's named SQL, read once. Used by its stores and by the ledger."""

from __future__ import annotations

from pathlib import Path

from runtime.queries import Queries

queries = Queries.load(Path(__file__).parent / "sql" / "queries.sql")
