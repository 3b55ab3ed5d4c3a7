"""`python -m services.triage.workbench.lint --policy DIR`: looks for faults in a policy and tells
them as one JSON document. Started by `aftercare triage lint`.

Exit code 0: no fault (hints may be there); 1: faults; 2: the folder can't be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from runtime.policy import PolicyError, parse_policy
from services.triage.classify import POLICIES
from services.triage.model import ModelError, load
from services.triage.policy import TriagePolicy
from services.triage.training.texts import TextError, examples
from services.triage.workbench.check_rules import (
    check_clocks,
    check_names,
    check_numbers,
    check_rules,
)
from services.triage.workbench.check_words import (
    check_contradictions,
    check_findable,
    check_labels,
    check_silent,
    check_unseen,
)
from services.triage.workbench.clocks import ClocksError, clocks_of
from services.triage.workbench.finding import Finding
from services.triage.workbench.places import Path as Place
from services.triage.workbench.places import Places, places_of

FILE = "triage.yaml"
MENDED = "mend it; nothing else was looked at"


def main(words: Sequence[str] | None = None) -> int:
    """Exit code of the process."""
    parser = argparse.ArgumentParser(prog="aftercare triage lint")
    parser.add_argument("--policy", type=Path, default=POLICIES, help="Folder of policy files.")
    folder: Path = parser.parse_args(words).policy
    try:
        answer = linted(folder)
    except (OSError, ModelError, TextError) as error:
        sys.stdout.write(json.dumps({"error": str(error)}) + "\n")
        return 2
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return 1 if answer["errors"] else 0


def linted(folder: Path) -> dict[str, Any]:
    """What is found in a policy folder, faults first. Raises OSError where it has no triage.yaml;
    ModelError, TextError where our own model or texts can't be read."""
    raw = (folder / FILE).read_bytes()
    try:
        text = raw.decode("utf-8")
        places, content = places_of(text)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        return _told(folder, None, Places({}, ()), [_unreadable(error)])
    policy, found = _loaded(content, places)
    if policy is not None:
        found += [*checked(policy, folder)]
    return _told(folder, policy, places, found)


def checked(policy: TriagePolicy, folder: Path) -> Iterator[Finding]:
    """Everything that is looked at once a policy is loaded."""
    yield from check_rules(policy)
    yield from check_names(policy, load().subtypes)
    yield from check_numbers(policy)
    try:
        yield from check_clocks(policy, clocks_of(folder))
    except ClocksError as error:
        yield Finding("error", "no-clocks", (), str(error), "mend the file", "sla.yaml")
    yield from check_silent(policy)
    yield from check_findable(policy)
    yield from check_contradictions(policy)
    yield from check_labels(policy)
    yield from check_unseen(policy, [one.text for one in examples()])


def _loaded(content: Any, places: Places) -> tuple[TriagePolicy | None, list[Finding]]:
    found = [
        Finding(
            "error", "key-twice", path, f"{path[-1]} stands twice: the first is lost (:{line})",
            "make one of them",
        )
        for path, line in places.doubled
    ]  # fmt: skip
    if not isinstance(content, dict):
        what = "a mapping is expected at the top"
        return None, [Finding("error", "not-loaded", (), what, MENDED)]
    try:
        return parse_policy("triage", content, TriagePolicy), found
    except PolicyError as error:
        return None, [*found, *_refused(error)]


def _refused(error: PolicyError) -> Iterator[Finding]:
    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        yield Finding("error", "not-loaded", (), str(error), MENDED)
        return
    for item in cause.errors(include_url=False, include_input=False, include_context=False):
        what = item["msg"].removeprefix("Value error, ")
        yield Finding("error", "not-loaded", item["loc"], what, MENDED)


def _unreadable(error: Exception) -> Finding:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}: " if mark else ""
    what = f"{where}{getattr(error, 'problem', None) or error}"
    return Finding("error", "not-loaded", (), f"no YAML: {what}", MENDED)


def _told(
    folder: Path, policy: TriagePolicy | None, places: Places, found: Sequence[Finding]
) -> dict[str, Any]:
    ranked = sorted(found, key=lambda one: (one.weight != "error", one.code == "unseen"))
    return {
        "policy": str(folder),
        "version": policy.version if policy else None,
        "errors": sum(one.weight == "error" for one in found),
        "hints": sum(one.weight == "hint" for one in found),
        "findings": [
            {
                "weight": one.weight,
                "code": one.code,
                "file": one.file,
                "line": _line(one, places),
                "place": one.place,
                "what": one.what,
                "advice": one.advice,
            }
            for one in ranked
        ],
    }


def _line(one: Finding, places: Places) -> int | None:
    path: Place = one.path
    return places.line(path) if one.file == FILE else None


if __name__ == "__main__":
    sys.exit(main())
