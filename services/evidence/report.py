"""What a verification found, and its form as JSON. Filled by `verification` and `audit`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from services.evidence.domain.checks import StoredItem
from services.evidence.domain.head import SignedHead


@dataclass(slots=True)
class ItemResult:
    """One item with everything that is wrong with it."""

    item: StoredItem
    problems: list[str]


@dataclass(slots=True)
class Report:
    """A verdict in the making: every problem that is added makes it `broken`."""

    ticket: str | None = None
    items: list[ItemResult] = field(default_factory=list)
    problems: list[dict[str, str]] = field(default_factory=list)
    newest: SignedHead | None = None
    heads: int = 0
    leaves: int = 0
    files: int = 0
    key_pinned: bool = False
    pending: bool = False
    """Some of it may only be too fresh: a moment later it can be proved."""

    def problem(self, where: str, what: str) -> None:
        """Add a finding. `where` names a leaf, a head, a tile, a file or the log."""
        self.problems.append({"where": where, "problem": what})

    def add(self, result: ItemResult) -> None:
        """Take an item in, with its problems."""
        self.items.append(result)
        for problem in result.problems:
            self.problem(f"leaf {result.item.leaf_index}", problem)

    @property
    def verdict(self) -> str:
        """`proved`, `broken`, or `unknown` for a ticket without any evidence."""
        if self.ticket is not None and not self.items and not self.problems:
            return "unknown"
        return "broken" if self.problems else "proved"

    def to_json(self) -> dict[str, Any]:
        """The report for programs; the command makes its table from it."""
        return {
            "verdict": self.verdict,
            "ticket": self.ticket,
            "leaves": self.leaves,
            "files": self.files,
            "heads": self.heads,
            "key_pinned": self.key_pinned,
            "head": head_json(self.newest),
            "problems": self.problems,
            "items": [_item_json(result) for result in self.items],
        }


def head_json(signed: SignedHead | None) -> dict[str, Any] | None:
    """A signed head for programs and people; none stays none."""
    if signed is None:
        return None
    return {
        "log": str(signed.head.log),
        "tree_size": signed.head.size,
        "root_sha256": signed.head.root.hex(),
        "signed_at": signed.head.signed_at.isoformat(),
        "key_id": signed.key_id,
        "signature": signed.signature.hex(),
    }


def _item_json(result: ItemResult) -> dict[str, Any]:
    item = result.item
    return {
        "leaf": item.leaf_index,
        "kind": item.kind,
        "type": item.type.rsplit(".", 1)[-1],
        "event_id": str(item.event_id),
        "archived_at": item.archived_at.isoformat(),
        "leaf_sha256": item.leaf_hash.hex(),
        "object_sha256": item.place.digest.hex(),
        "problems": result.problems,
    }
