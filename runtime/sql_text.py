"""The runtime's own named queries, loaded once; used by the modules of this room."""

from __future__ import annotations

from pathlib import Path

from runtime.queries import Queries

queries = Queries.load(Path(__file__).parent / "sql" / "queries.sql")
