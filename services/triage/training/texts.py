"""The texts that the model is trained on: written for this project, one a line, with labels.

`texts/*.tsv`: sub-type, labels, text. Labels are set apart by spaces: one emotion; `L1` or `L3`
(else L2); `s` danger to somebody; `t:` kind of threat; `d:` demands; `a:` further classes;
`en` English. What they mean stands in docs/model-card.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from schemas.triage import Emotion, Threat
from schemas.values import Demand, Level, ProblemClass

FOLDER = Path(__file__).parent / "texts"
_EMOTIONS, _LEVELS = get_args(Emotion), ("L1", "L3")
_SETS = {"t": get_args(Threat), "d": get_args(Demand), "a": get_args(ProblemClass)}


class TextError(Exception):
    """A line that is not as it should be; says where and why."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text with what is right about it."""

    text: str
    subtype: str
    """With its class: `logistics.overdue`."""
    emotion: str
    level: Level
    safety: bool
    english: bool
    threat: str
    """"none" or its kind."""
    demands: tuple[str, ...]
    also: tuple[str, ...]

    @property
    def problem_class(self) -> str:
        """Its main class."""
        return self.subtype.partition(".")[0]


def examples(folder: Path = FOLDER) -> list[Example]:
    """All of them, by file and line. Raises TextError; a text that occurs twice is one."""
    found = []
    seen: dict[str, str] = {}
    for path in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            where = f"{path.name}:{number}"
            one = _example(line, where)
            if earlier := seen.get(one.text):
                raise TextError(f"{where}: the same text as {earlier}")
            seen[one.text] = where
            found.append(one)
    return found


def _example(line: str, where: str) -> Example:
    columns = line.split("\t")
    if len(columns) != 3 or not all(columns):
        raise TextError(f"{where}: three columns are wanted: sub-type, labels, text")
    subtype, labels, text = columns
    words = labels.split()
    said = dict(_said(words, where))
    emotions = [word for word in words if word in _EMOTIONS]
    levels = [word for word in words if word in _LEVELS]
    if len(emotions) != 1 or len(levels) > 1:
        raise TextError(f"{where}: one emotion is wanted, and one level at most")
    if "s" in words and levels != ["L1"]:
        raise TextError(f"{where}: danger is L1")
    return Example(
        text=text,
        subtype=subtype,
        emotion=emotions[0],
        level="L1" if levels == ["L1"] else "L3" if levels else "L2",
        safety="s" in words,
        english="en" in words,
        threat=(said.get("t") or ("none",))[0],
        demands=said.get("d", ()),
        also=said.get("a", ()),
    )


def _said(words: list[str], where: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for word in words:
        name, colon, values = word.partition(":")
        if not colon:
            if word not in (*_EMOTIONS, *_LEVELS, "s", "en"):
                raise TextError(f"{where}: no label is called {word}")
            continue
        told = tuple(dict.fromkeys(values.split(",")))
        if name not in _SETS or not set(told) <= set(_SETS[name]):
            raise TextError(f"{where}: no label is called {word}")
        yield name, told
