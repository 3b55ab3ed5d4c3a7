"""The invariants of a drained and frozen system, judged by `aftercare verify`'s own checks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from aiokafka.errors import KafkaError

from cli.demo.summary import Check
from cli.verify.canaries import FILE as CANARIES
from cli.verify.collect import collect
from cli.verify.run import judged, uncollected
from cli.verify.target import LOGS, OBJECTS, Target
from devstack.problems import StackError
from devstack.supervisor import Stack
from runtime.database import DatabaseAwayError


def target_of(stack: Stack, journal: Path, scale: float) -> Target:
    """What there is to judge of a stack."""
    canaries = journal.with_name(CANARIES)
    return Target(
        kafka_bootstrap=stack.kafka_bootstrap,
        database_url=stack.admin_database_url,
        services=stack.services,
        standins_record=stack.standins_path,
        journal=journal,
        objects=stack.run_dir / OBJECTS,
        canaries=canaries if canaries.exists() else None,
        logs=(stack.run_dir / LOGS, stack.spans_path),
        time_scale=scale,
    )


async def checked(
    target: Target, frozen_s: float | None, progress: Callable[[str], None]
) -> tuple[Check, ...]:
    """The verdict on each invariant, in order. Raises StackError where nothing can be read.

    `frozen_s`: when the services were stopped, seconds since 1970: what came due later is
    nobody's fault.
    """
    try:
        with uncollected():
            facts = await collect(target, progress)
            if frozen_s is not None:
                facts.read_at_s = frozen_s
            progress("judging")
            verdicts = await asyncio.to_thread(judged, facts)
    except* (KafkaError, DatabaseAwayError, OSError, ValueError) as failures:
        first = failures.exceptions[0]
        raise StackError(
            f"the invariants could not be checked: {type(first).__name__}: {first}",
            "The logs of broker and database say more.",
        ) from failures
    return tuple(
        Check(
            code=verdict.code,
            says=verdict.says,
            outcome=verdict.outcome,
            counted=verdict.counted,
            offenders=verdict.offenders,
            note=verdict.note,
        )
        for verdict in verdicts
    )
