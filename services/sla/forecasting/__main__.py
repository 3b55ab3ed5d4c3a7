"""`python -m services.sla.forecasting`: reads from standard input which database, as one JSON
object, and answers with one JSON document. Started by `aftercare sla forecast`.

Exit code 0: done; 2: not done, the document has `error`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from runtime.database import BadDataError, ConflictError, DatabaseAwayError
from services.sla.forecasting.answer import answer
from services.sla.forecasting.reading import NothingStoredError, Source, read

DONE, NOT_DONE = 0, 2
_AWAY = (DatabaseAwayError, ConflictError, BadDataError, NothingStoredError, OSError, ValueError)


def main(words: Sequence[str] | None = None) -> int:
    """Exit code of the process."""
    given = _options().parse_args(words)
    try:
        found, code = asyncio.run(_answered(given, json.load(sys.stdin))), DONE
    except _AWAY as error:
        found, code = {"error": f"{type(error).__name__}: {error}"}, NOT_DONE
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    return code


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="services.sla.forecasting")
    parser.add_argument("--hours", type=float, default=4.0, help="How far ahead.")
    parser.add_argument("--queue", help="This one alone.")
    parser.add_argument("--limit", type=int, default=10, help="Clocks that are named of a queue.")
    return parser


async def _answered(given: argparse.Namespace, source: dict[str, Any]) -> dict[str, Any]:
    horizon = timedelta(hours=given.hours)
    named = Source(
        source["database_url"], source.get("variables") or {}, bool(source.get("by_youngest"))
    )
    return answer(await read(named, horizon), horizon, given.queue, given.limit)


if __name__ == "__main__":
    sys.exit(main())
