"""The service's named queries, loaded once."""

from __future__ import annotations

from pathlib import Path

from runtime.queries import Queries

queries = Queries.load(Path(__file__).parent / "sql" / "queries.sql")
