"""What the desk with poison and those who feed it agree on. Read by `desk`, `stream`, `poison`."""

from __future__ import annotations

from pathlib import Path

from runtime.queries import Queries
from schemas.tickets import AgentReplied
from schemas.topics import Topic

queries = Queries.load(Path(__file__).parents[1] / "sql" / "recovery.sql")
NAME = "poison"
"""Of the service, its desk and its schema."""
HEARD = Topic("poison.messages", "upstream")
BURIED = Topic(f"dead-letters.{NAME}", NAME, partitions=1)
ANSWERED = AgentReplied.TOPIC
POISON = "poison"
"""Text of a message that the rule fails on, every time."""
