"""Signs the head of the evidence log at intervals. Run by `app` beside evidence's handlers."""

from __future__ import annotations

from functools import partial

from benchmarks.baseline.loops import steadily
from benchmarks.baseline.sql_text import queries
from runtime.database import Database
from services.evidence.domain.head import Head
from services.evidence.log import log_now
from services.evidence.signing import Signer


async def sign_heads(database: Database, signer: Signer, interval_s: float) -> None:
    """Until it is cancelled."""
    async with database.transaction() as tx:
        await tx.execute(queries.know_key, signer.key_id, signer.public_key)
    await steadily(partial(_sign, database, signer), interval_s)


async def _sign(database: Database, signer: Signer) -> bool:
    """False: the next head is for the next interval."""
    async with database.transaction() as tx:
        log_id, frontier, _ = await log_now(tx)
        if frontier.size <= await tx.value(queries.last_head_size):
            return False
        at = await tx.value(queries.now)
        signed = signer.sign(Head(log_id, frontier.size, frontier.root, at))
        await tx.execute(
            queries.add_head, frontier.size, frontier.root, at, signed.key_id, signed.signature
        )
    return False
