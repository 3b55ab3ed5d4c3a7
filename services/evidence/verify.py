"""`python -m services.evidence.verify ticket ID | audit | head`: prints one JSON object.

Started by `aftercare evidence`. Exit code 0: proved; 1: something is wrong, or nothing is known
of the ticket; 2: it could not be checked.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from runtime.clock import monotonic_s
from runtime.database import UNHURRIED_S, Database, DatabaseAwayError
from services.evidence.archive import Archive
from services.evidence.audit import Audit
from services.evidence.blobs import Blobs
from services.evidence.report import Report, head_json
from services.evidence.settings import VerifierSettings
from services.evidence.verification import Verifier

FRESH_S = 5.0
"""What came just now is archived and under a signed head within this time."""
READ_ONLY = {"search_path": "evidence", "default_transaction_read_only": "on"}


async def verify_ticket(verifier: Verifier, ticket: str) -> Report:
    """Check a ticket; waits a few seconds for what is too fresh to be proved."""
    end = monotonic_s() + FRESH_S
    while True:
        report = await verifier.ticket(ticket)
        if not report.pending or monotonic_s() > end:
            return report
        await asyncio.sleep(0.25)


async def work(settings: VerifierSettings, what: str, ticket: str) -> tuple[dict[str, Any], int]:
    """The answer and the exit code. Raises DatabaseAwayError, OSError, LookupError."""
    url = settings.database_url.get_secret_value()
    database = await Database.connect(
        url, name="aftercare-verify", pool=2, variables=READ_ONLY, patience_s=UNHURRIED_S
    )
    try:
        archive = Archive(database)
        if what == "head":
            newest = await archive.newest_head((await archive.state()).log)
            return {"head": head_json(newest)}, 0 if newest else 1
        verifier = Verifier(archive, Blobs(settings.object_store), settings.pinned_key)
        if what == "ticket":
            report = await verify_ticket(verifier, ticket)
        else:
            pinned = settings.pinned_key is not None
            audit = Audit(archive, verifier, key_pinned=pinned, patience_s=FRESH_S)
            report = await audit.run()
        return report.to_json(), 0 if report.verdict == "proved" else 1
    finally:
        await database.close()


def main(words: Sequence[str] | None = None) -> int:
    """Exit code of the process."""
    parser = argparse.ArgumentParser(prog="services.evidence.verify")
    parser.add_argument("what", choices=("ticket", "audit", "head"))
    parser.add_argument("ticket", nargs="?", default="")
    given = parser.parse_args(words)
    try:
        settings = VerifierSettings()
        answer, code = asyncio.run(work(settings, given.what, given.ticket))
    except ValidationError as error:
        answer, code = {"error": f"settings: {error.errors(include_input=False)}"}, 2
    except (DatabaseAwayError, OSError, LookupError) as error:
        answer, code = {"error": f"{type(error).__name__}: {error}"}, 2
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
