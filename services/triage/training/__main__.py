"""`make train`: trains the model from the texts and writes it. The same texts, the same bytes."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from runtime.policy import PolicyError, load_policy
from services.triage.domain.reader import Reader
from services.triage.model.file import SHIPPED
from services.triage.policy import TriagePolicy
from services.triage.training.texts import TextError, examples
from services.triage.training.train import seen, trained

POLICIES = Path(__file__).resolve().parents[3] / "policies" / "default"


def main(words: list[str]) -> int:
    """Train; `--check` compares with the shipped file and writes nothing. The exit code."""
    try:
        rules = load_policy(POLICIES, "triage", TriagePolicy)
        texts = examples()
    except (PolicyError, TextError) as error:
        sys.stderr.write(f"not trained: {error}\n")
        return 2
    reader = Reader(rules)
    subtypes = [f"{name}.{sub}" for name, of in rules.classes.items() for sub in of.subtypes]
    raw = trained(texts, lambda some: seen(some, reader), subtypes, _tell).to_bytes
    told = f"{len(raw):,} bytes, sha256 {hashlib.sha256(raw).hexdigest()[:16]}"
    if "--check" in words:
        same = SHIPPED.exists() and SHIPPED.read_bytes() == raw
        _tell(f"{told}: {'the shipped model' if same else 'NOT the shipped model'}")
        return 0 if same else 1
    SHIPPED.write_bytes(raw)
    _tell(f"{told}: written to {SHIPPED.name}")
    return 0


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
