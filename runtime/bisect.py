"""Finds the messages that make a batch fail again and again, so that they cost only their key.

Called by the pump when the database refuses what a batch made, or a store keeps raising.
"""

from __future__ import annotations

from collections.abc import Sequence

from runtime.batch import Applier
from runtime.case import Message
from runtime.database import BadDataError, DatabaseAwayError
from runtime.dead_letters import DeadRecord, LineStoppedError
from runtime.fence import Fence, FencedError


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
    if await _refusal(applier, part, fence) is None:
        return
    if len(keys) == 1:
        await _one_by_one(applier, part, fence)
        return
    middle = len(keys) // 2
    await _halve(applier, messages, keys[:middle], fence)
    await _halve(applier, messages, keys[middle:], fence)


async def _one_by_one(applier: Applier, messages: Sequence[Message], fence: Fence) -> None:
    for message in messages:
        reason = await _refusal(applier, [message], fence)
        if reason is not None:
            await applier.records([message], [], fence, {message.id: reason})


async def _refusal(applier: Applier, messages: Sequence[Message], fence: Fence) -> str | None:
    """Apply; None when it went through, else why not. Outages and lost fences are raised."""
    try:
        await applier.records(messages, [], fence, {})
    except (DatabaseAwayError, FencedError, LineStoppedError):
        raise
    except Exception as error:  # noqa: BLE001  whatever a desk's store raises costs its key only
        return str(error) if isinstance(error, BadDataError) else type(error).__name__
    return None
