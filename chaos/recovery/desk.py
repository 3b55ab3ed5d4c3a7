"""A small service on the real runtime with a rule that fails on marked messages; `poison` starts
it: `python -m chaos.recovery.desk`. It tallies messages by key and answers each.

The rules of the product take whatever fits the contract: none of theirs can be made to fail.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from benchmarks.parent import end_with_parent
from chaos.recovery.agreed import HEARD, NAME, POISON, queries
from runtime.case import Desk, Message
from runtime.database import Database, Tx
from runtime.service import Service, run
from runtime.settings import RuntimeSettings
from schemas.envelope import Envelope
from schemas.rules import Decision
from schemas.tickets import AgentReplied, CustomerMessageReceived


class PoisonedError(Exception):
    """The rule came upon poison."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many messages of a key had their effect."""

    key: str
    seen: int = 0
    version: int = 0


def on_message(
    case: Tally | None, event: Envelope[CustomerMessageReceived], _: object, now: datetime
) -> Decision[Tally]:
    """Count it and answer. Raises PoisonedError for what is marked."""
    data = event.data
    if data.text == POISON:
        raise PoisonedError
    tally = case or Tally(data.ticket_id)
    answer = AgentReplied(
        ticket_id=data.ticket_id,
        message_id=f"re-{data.message_id}",
        agent_id="bot",
        human=False,
        sent_at=now,
    )
    return Decision(Tally(tally.key, tally.seen + 1, tally.version), (answer,))


async def load(tx: Tx, keys: Sequence[str], _: Sequence[Message]) -> dict[str, Tally]:
    """Tallies by key, locked."""
    rows = await tx.fetch(queries.tallies, list(keys))
    return {row["key"]: Tally(row["key"], row["seen"], row["version"]) for row in rows}


async def save(tx: Tx, cases: Sequence[Tally]) -> int:
    """Write tallies back."""
    columns = [c.key for c in cases], [c.seen for c in cases], [c.version for c in cases]
    return await tx.execute(queries.save_tallies, *columns)


async def build() -> Service:
    """As a service's `app.build`; its schema lies under a name that no service has."""
    settings = RuntimeSettings()
    database = await Database.connect(
        settings.database_url.get_secret_value(),
        name=f"aftercare-{NAME}",
        pool=settings.database_pool,
        variables={"search_path": NAME, **settings.clock_variables()},
    )
    service = Service(NAME, settings, database, automatic=True)
    desk = Desk(name=NAME, rules={CustomerMessageReceived: on_message}, load=load, save=save)
    service.feed(service.applier(desk), HEARD.name)
    return service


if __name__ == "__main__":
    end_with_parent()
    sys.exit(run(NAME, build))
