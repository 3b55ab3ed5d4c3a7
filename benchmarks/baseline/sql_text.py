"""The named statements of the textbook design, as its modules share them."""

from pathlib import Path

from runtime.queries import Queries

SQL = Path(__file__).parent / "sql"
queries = Queries.load(SQL / "queries.sql")
