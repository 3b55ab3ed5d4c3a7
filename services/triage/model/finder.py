"""Finds many words in a text in one pass, by an automaton: behind the domain's port `FinderOf`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ahocorasick_rs import AhoCorasick, Implementation

from services.triage.domain.phrases import Finder


def finder_of(words: Sequence[str]) -> Finder:
    """See `domain.phrases.FinderOf`."""
    automaton = AhoCorasick(
        words, implementation=Implementation.ContiguousNFA, store_patterns=False
    )
    return partial(automaton.find_matches_as_indexes, overlapping=True)
