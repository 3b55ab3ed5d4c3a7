"""Where runs of a campaign are written down, a line of JSON each. Used by the command and docs."""

from __future__ import annotations

import json
from pathlib import Path

from chaos.verdict import Verdict

CAMPAIGN = Path(__file__).parent / "results" / "campaign.jsonl"
"""The published runs."""


def note(verdict: Verdict, file: Path) -> None:
    """Add a run to a file; the file and its folder are made when absent."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(verdict.as_line(), ensure_ascii=False) + "\n")
