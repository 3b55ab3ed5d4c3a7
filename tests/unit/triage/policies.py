"""Policies for tests of the workbench: the default one changed, and one with hardly a word."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from runtime.policy import parse_policy
from runtime.yaml_text import read_yaml
from services.triage.classify import POLICIES
from services.triage.policy import TriagePolicy

Edit = Callable[[dict[str, Any]], object]
DUMPER = yaml.CSafeDumper if yaml.__with_libyaml__ else yaml.SafeDumper
LISTS = ("strong", "plain", "weak", "says", "unless", "unless_near")


@cache
def _default() -> dict[str, Any]:
    content: dict[str, Any] = read_yaml((POLICIES / "triage.yaml").read_text("utf-8"))
    return content


@cache
def _bare() -> dict[str, Any]:
    content = deepcopy(_default())
    content["neutral"] = []
    _emptied(content)
    return content


def _emptied(part: Any) -> None:
    if isinstance(part, dict):
        for name, value in part.items():
            if name in LISTS and isinstance(value, list):
                part[name] = []
            else:
                _emptied(value)


def content(edit: Edit, *, bare: bool = False) -> dict[str, Any]:
    """The default policy's content, edited; `bare`: without its phrases."""
    made = deepcopy(_bare() if bare else _default())
    edit(made)
    return made


def policy(edit: Edit, *, bare: bool = False) -> TriagePolicy:
    """The same, loaded."""
    return parse_policy("triage", content(edit, bare=bare), TriagePolicy)


def folder(place: Path, edit: Edit, *, bare: bool = False) -> Path:
    """The same, as a folder with a `triage.yaml` and the default `sla.yaml`."""
    place.mkdir(parents=True, exist_ok=True)
    text = yaml.dump(content(edit, bare=bare), Dumper=DUMPER, allow_unicode=True, sort_keys=False)
    (place / "triage.yaml").write_text(text, encoding="utf-8")
    (place / "sla.yaml").write_bytes((POLICIES / "sla.yaml").read_bytes())
    return place


def set_to(place: str, name: str, value: float) -> Edit:
    """An edit of one number."""
    return lambda c: c[place].update({name: value})


def nothing(_: dict[str, Any]) -> None:
    """An edit that leaves all as it is."""
