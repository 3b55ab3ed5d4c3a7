"""Which words of the model's vocabulary stand in a text: found in one pass by an automaton.

Built once by the scorer. Gives what `features.pieces` gives, less what the model does not know.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import itemgetter

from services.triage.domain.features import FOUND, latin
from services.triage.model.finder import finder_of

_APART = f" {FOUND}"
_number = itemgetter(0)
_WORD = re.compile(r"[a-z0-9']")


class Known:
    """The vocabulary, made ready to be found. Signs are no part of a text and never found."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        within = [word for word in vocabulary if word[0] not in _APART]
        apart = [word for word in vocabulary if word[0] in _APART]
        self.words = (*within, *apart)
        """The vocabulary in the order that it numbers it by: what is found within runs of
        characters comes first."""
        self._latin = {word: row for row, word in enumerate(apart, len(within)) if word[0] != FOUND}
        self._find = finder_of(within)

    def rows(self, text: str) -> list[int]:
        """Numbers of the words that stand in a folded text (see `features`), each once."""
        rows = [*{*map(_number, self._find(text))}]
        if _WORD.search(text):
            known = self._latin
            rows += {known[word] for word in latin(text) if word in known}
        return rows
