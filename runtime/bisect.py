"""Finds the messages of a batch that the database refuses, so that they cost only their key.

Called by the pump after a batch failed with BadDataError.
"""

from __future__ import annotations

from collections.abc import Sequence

from runtime.batch import Applier
from runtime.case import Message
from runtime.database import BadDataError
from runtime.dead_letters import DeadRecord
from runtime.fence import Fence


async def apply_apart(
    applier: Applier, messages: Sequence[Message], dead: Sequence[DeadRecord], fence: Fence
) -> None:
    """Apply a failing batch in halves by key, down to the messages that are refused alone.

    Those are parked; progress moves only at the end. Safe to break off anywhere: what was
    applied is in the inbox.
    """
    keys = list(dict.fromkeys(m.key for m in messages))
    standing = fence.without_progress()
    await _halve(applier, messages, keys, standing)
    await applier.records([], dead, fence, {})


async def _halve(
    applier: Applier, messages: Sequence[Message], keys: Sequence[str], fence: Fence
) -> None:
    if not keys:
        return
    chosen = set(keys)
    part = [m for m in messages if m.key in chosen]
    try:
        await applier.records(part, [], fence, {})
    except BadDataError:
        if len(keys) == 1:
            await _one_by_one(applier, part, fence)
            return
        middle = len(keys) // 2
        await _halve(applier, messages, keys[:middle], fence)
        await _halve(applier, messages, keys[middle:], fence)


async def _one_by_one(applier: Applier, messages: Sequence[Message], fence: Fence) -> None:
    for message in messages:
        try:
            await applier.records([message], [], fence, {})
        except BadDataError as error:
            await applier.records([message], [], fence, {message.id: str(error)})
