"""`python -m services.sla.workbench.lint --policy DIR`: looks for faults in `sla.yaml` and the
calendars beside it, and tells all as one JSON document. Started by `aftercare sla lint`.

Exit code 0: no fault; 1: faults; 2: there is no such policy.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.sla.faults import FaultyPolicyError
from services.sla.policy import load
from services.sla.policy_faults import FILE
from services.sla.program import DONE, NOT_DONE, POLICIES

FAULTS = 1


def main(words: Sequence[str] | None = None) -> int:
    """Exit code of the process."""
    parser = argparse.ArgumentParser(prog="aftercare sla lint")
    parser.add_argument("--policy", type=Path, default=POLICIES, help="Folder of policy files.")
    folder: Path = parser.parse_args(words).policy
    answer, code = linted(folder)
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return code


def linted(folder: Path) -> tuple[dict[str, Any], int]:
    """What is found in a folder of policies, and the exit code."""
    if not (folder / FILE).is_file():
        return {"error": f"there is no {FILE} in {folder}"}, NOT_DONE
    try:
        version = load(folder).rules.version
    except FaultyPolicyError as error:
        told = [fault._asdict() for fault in error.faults]
        return {"policy": str(folder), "version": None, "faults": told}, FAULTS
    return {"policy": str(folder), "version": version, "faults": []}, DONE


if __name__ == "__main__":
    sys.exit(main())
