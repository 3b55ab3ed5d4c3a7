"""`python -m services.sla.audit clocks` or `pauses`: reads from standard input which database, as
one JSON object, and answers with one JSON document. Started by `aftercare sla audit` and `pauses`.

Exit code 0: nothing differs; 1: something does; 2: not done, the document has `error`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from runtime.database import BadDataError, ConflictError, DatabaseAwayError
from services.sla.audit.reading import NothingStoredError, Source
from services.sla.audit.run import Order, audit, pauses

OVERLAP_S = 10.0
"""A lock is waited for so long at most."""
SAME, DIFFERENT, NOT_DONE = 0, 1, 2
_AWAY = (DatabaseAwayError, ConflictError, BadDataError, NothingStoredError, OSError, ValueError)


def main(words: Sequence[str] | None = None) -> int:
    """Exit code of the process."""
    given = _options().parse_args(words)
    try:
        answer, code = asyncio.run(_answered(given, json.load(sys.stdin)))
    except _AWAY as error:
        known = isinstance(error, NothingStoredError)
        text = str(error) if known else f"{type(error).__name__}: {error}"
        answer, code = {"error": text}, NOT_DONE
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return code


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="services.sla.audit")
    parser.add_argument("what", choices=("clocks", "pauses"))
    parser.add_argument("--ticket", help="This one alone.")
    parser.add_argument("--since", type=datetime.fromisoformat, help="Pauses after that.")
    parser.add_argument("--limit", type=int, default=1_000, help="Differences that are named.")
    parser.add_argument("--grace-s", type=float, default=60.0, help="For what time alone brings.")
    parser.add_argument("--processes", type=int, default=2, help="That judge at once.")
    return parser


async def _answered(
    given: argparse.Namespace, source: dict[str, Any]
) -> tuple[dict[str, Any], int]:
    by_youngest = bool(source.get("by_youngest"))
    order = Order(
        Source(source["database_url"], source.get("variables") or {}),
        ticket=given.ticket,
        by_youngest=by_youngest,
        grace_s=given.grace_s,
        overlap_s=given.grace_s if by_youngest else OVERLAP_S,
        processes=given.processes,
        most=given.limit,
        since_at=given.since,
    )
    if given.what == "pauses":
        return await pauses(order, _show), SAME
    found = await audit(order, _show)
    return found, DIFFERENT if found["differing"] else SAME


def _show(done: int, parts: int) -> None:
    """A line on the terminal, if there is one."""
    if sys.stderr.isatty():
        end = "\r" if done < parts else "\n"
        sys.stderr.write(f"  {done} of {parts} parts read{end}")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
