"""A loop that outlives failures of database and broker. Used by what runs beside handlers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiokafka.errors import KafkaError

from runtime.database import ConflictError, DatabaseAwayError
from runtime.logs import logger

log = logger(__name__)


async def steadily(step: Callable[[], Awaitable[bool]], every_s: float) -> None:
    """Take one step after the other until cancelled; a pause when one found nothing, or failed.

    What else a step raises ends it.
    """
    while True:
        try:
            more = await step()
        except (ConflictError, DatabaseAwayError, KafkaError) as error:
            log.warning("step failed", cause=type(error).__name__)
            more = False
        if not more:
            await asyncio.sleep(every_s)
