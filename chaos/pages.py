"""Writes down what the services count before they are stopped: a run is judged when nobody answers
any more, and metrics must not betray anybody either. Called by `run`."""

from __future__ import annotations

from collections.abc import Iterable

import aiohttp

from devstack.problems import StackError
from devstack.supervisor import Stack

ANSWER_S = 10.0


def file_of(service: str) -> str:
    """Name of the log that gets a service's metrics: verification reads all logs."""
    return f"{service}.metrics"


async def metrics_kept(stack: Stack, services: Iterable[str]) -> None:
    """The metrics of services that answer, one file each; a later call writes them anew.

    Raises StackError for one that does not answer.
    """
    timeout = aiohttp.ClientTimeout(total=ANSWER_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for service in services:
            try:
                async with session.get(f"{stack.health_url(service)}/metrics") as answer:
                    text = await answer.text()
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise StackError(
                    f"the metrics of {service} can't be read: {type(error).__name__}: {error}",
                    f"Log: {stack.log_path(service)}",
                ) from error
            stack.log_path(file_of(service)).write_text(text, encoding="utf-8")
