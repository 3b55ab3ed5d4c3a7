"""Which clocks a level starts, from `sla.yaml` read as data. Used by `lint` and `replay`.

The service that runs them validates that file; here only levels, clocks and targets are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from runtime.yaml_text import read_yaml

FILE = "sla.yaml"


class ClocksError(Exception):
    """The file is there, and its targets can't be read."""


@dataclass(frozen=True, slots=True)
class TargetSet:
    """Clocks with their targets in seconds; of a level, for some classes or for all."""

    level: str
    classes: frozenset[str]
    targets_s: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SetsByLevel:
    """The sets of one file; `routes`: what a route asks for besides its level."""

    sets: tuple[TargetSet, ...]
    routes: Mapping[str, Mapping[str, int]]

    def of(self, level: str, problem_class: str, route: str = "") -> Mapping[str, int]:
        """Targets by clock, seconds: the class's own set goes before the level's."""
        mine = [one for one in self.sets if one.level == level]
        own = [one.targets_s for one in mine if problem_class in one.classes]
        others = [one.targets_s for one in mine if not one.classes]
        return {**next(iter(own + others), {}), **self.routes.get(route, {})}


def clocks_of(folder: Path) -> SetsByLevel | None:
    """The sets of a policy folder; None where it has no such file. Raises ClocksError."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        content = read_yaml(path.read_text(encoding="utf-8"))
        sets = tuple(_set(one) for one in content["targets"])
        routes = {one["route"]: _targets(one) for one in content.get("routes") or ()}
        return SetsByLevel(sets, routes)
    except (OSError, yaml.YAMLError) as error:
        raise ClocksError(f"{path}: {error}") from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ClocksError(f"{path}: its targets can't be read ({type(error).__name__})") from error


def _set(given: Mapping[str, Any]) -> TargetSet:
    return TargetSet(given["level"], frozenset(given.get("classes") or ()), _targets(given))


def _targets(given: Mapping[str, Any]) -> Mapping[str, int]:
    return {str(one["clock"]): int(one["target_s"]) for one in given["clocks"]}
