"""Looks for planted personal data wherever it must not be. `collect` calls it, `privacy` judges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from cli.verify.canaries import Canaries
from cli.verify.log_facts import Place

ANSWER_S = 3.0
KEPT = 1000
"""So many finds are kept; more say nothing new."""
PIECE = 1024 * 1024
"""Bytes of a file that are looked at in one go, up to the end of a line."""
ALIKE = frozenset({"content-type", "ce_type"})
"""Headers of few values."""


@dataclass(slots=True)
class Leaks:
    """What was looked at, what was found there, and what could not be looked at."""

    looked: Counter[str] = field(default_factory=Counter)
    found: list[tuple[str, str]] = field(default_factory=list)
    """Kind of the datum and where it stands; never the datum."""
    unseen: list[str] = field(default_factory=list)


class Watch:
    """Looks at what the readers read."""

    def __init__(self, canaries: Canaries) -> None:
        self._canaries = canaries
        self._known: set[tuple[str, bytes | None]] = set()
        """Headers that most records carry alike: each is looked at once."""
        self.leaks = Leaks()

    def poll(self, records: Sequence[Any]) -> None:
        """Keys, values and headers of Kafka records of one partition."""
        self.leaks.looked["Kafka records"] += len(records)
        if not any(self._canaries.found(self._text(records))):
            return
        self._known.clear()
        for record in records:
            place = Place(record.topic, record.partition, record.offset)
            for kind in self._kinds(self._text([record])):
                self._note(kind, str(place))
            self._known.clear()

    def words(self, what: str, rows: Iterable[tuple[str, str]]) -> None:
        """Texts of the database: where each stands, and the text."""
        for where, text in rows:
            self.leaks.looked[what] += 1
            for kind in self._kinds(text.encode()):
                self._note(kind, where)

    def file(self, what: str, path: Path) -> None:
        """A file of lines. Raises OSError."""
        self.leaks.looked[f"{what}, bytes"] += path.stat().st_size
        before = 0
        with path.open("rb") as file:
            while piece := file.read(PIECE) + file.readline():
                hits = islice(self._canaries.found(piece), KEPT)
                lines = ((kind, before + piece.count(b"\n", 0, place)) for kind, place in hits)
                for kind, line in dict.fromkeys(lines):
                    self._note(kind, f"{path.name}:{line + 1}")
                before += piece.count(b"\n")

    def page(self, what: str, url: str) -> None:
        """What a service answers now; noted as unseen where nobody does."""
        try:
            with urlopen(url, timeout=ANSWER_S) as answer:
                text = answer.read()
        except (URLError, OSError):
            self.leaks.unseen.append(f"{what}: {url} is silent")
            return
        self.leaks.looked[f"{what}, pages"] += 1
        for kind in self._kinds(text):
            self._note(kind, url)

    def around(self, logs: Iterable[Path], pages: Iterable[str]) -> None:
        """What was written beside the work, and what the services tell of themselves."""
        for path in logs:
            inside = sorted(path.glob("*.log")) if path.is_dir() else [path]
            if not path.exists():
                self.leaks.unseen.append(f"{path.name} is not there")
                continue
            for each in inside:
                self.file("spans" if each.suffix == ".jsonl" else "logs", each)
        for url in pages:
            self.page("metrics", url)

    def _text(self, records: Sequence[Any]) -> bytes:
        parts = [record.key or b"" for record in records]
        parts += [record.value or b"" for record in records]
        for record in records:
            for header in record.headers:
                if header in self._known:
                    continue
                name, value = header
                if name in ALIKE:
                    self._known.add(header)
                parts += (name.encode(errors="replace"), value or b"")
        return b"\n".join(parts)

    def _kinds(self, text: bytes) -> set[str]:
        return {kind for kind, _ in self._canaries.found(text)}

    def _note(self, kind: str, where: str) -> None:
        if len(self.leaks.found) < KEPT:
            self.leaks.found.append((kind, where))
