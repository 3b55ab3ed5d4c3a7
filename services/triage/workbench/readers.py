"""A policy folder and a model file made ready to read with, and their options. Used by `cases`,
`explain` and `replay`.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.policy import load_policy
from services.triage.classify import POLICIES
from services.triage.domain import Triager
from services.triage.model import LinearScorer, finder_of, load
from services.triage.model.file import SHIPPED
from services.triage.policy import TriagePolicy

NOT_DONE = 2


@dataclass(frozen=True, slots=True)
class Ready:
    """A policy and a model that read together."""

    folder: Path
    triager: Triager
    scorer: LinearScorer

    @property
    def named(self) -> dict[str, str]:
        """Which policy and which model, for people and programs."""
        return {
            "policy": str(self.folder),
            "policy_version": self.triager.rules.version,
            "model_version": self.scorer.version,
        }


def ready(folder: Path = POLICIES, model: Path = SHIPPED) -> Ready:
    """Raises PolicyError, ModelError."""
    scorer = LinearScorer(load(model))
    rules = load_policy(folder, "triage", TriagePolicy)
    return Ready(folder, Triager(rules, scorer, finder_of), scorer)


def options(name: str, about: str) -> argparse.ArgumentParser:
    """Options that these programs share."""
    parser = argparse.ArgumentParser(prog=f"aftercare triage {name}", description=about)
    parser.add_argument("--policy", type=Path, default=POLICIES, help="Folder of policy files.")
    parser.add_argument("--model", type=Path, default=SHIPPED, help="Model file.")
    return parser


def told(answer: dict[str, Any]) -> None:
    """The document that the command shows."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")


def not_done(reason: str) -> int:
    """Tell why, instead of a document."""
    told({"error": reason})
    return NOT_DONE
