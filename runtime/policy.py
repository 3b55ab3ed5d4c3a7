"""Policies: YAML files validated on load, each content an immutable version.

A service loads its own with `load_policy`; versions that decided something are kept in the
database, so that a case can keep the version it was opened with.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Generic, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runtime.database import Database
from runtime.logs import logger
from runtime.sql_text import queries
from runtime.yaml_text import read_yaml
from schemas.values import Ref


class Policy(BaseModel):
    """Base of a service's policy model: closed content, so a typing error is found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Ref = Field(default="unversioned", description="Filled in from the content.")


T = TypeVar("T", bound=Policy)
log = logger("runtime.policy")


class PolicyError(Exception):
    """A policy file can't be used; the text names file, place and reason."""


def load_policy(directory: Path, name: str, model: type[T]) -> T:
    """Read `<directory>/<name>.yaml`. Raises PolicyError."""
    return parse_policy(name, read_policy(directory, name), model)


def read_policy(directory: Path, name: str) -> dict[str, object]:
    """What the file says, not looked at yet. Raises PolicyError."""
    path = directory / f"{name}.yaml"
    try:
        content = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise PolicyError(f"{path.name}: {error}") from error
    if not isinstance(content, dict):
        raise PolicyError(f"{path.name}: a mapping is expected at the top")
    return content


def parse_policy(name: str, content: dict[str, object], model: type[T]) -> T:
    """Validate content and give it its version: name and hash. Raises PolicyError."""
    body = {key: value for key, value in content.items() if key != "version"}
    try:
        canonical = json.dumps(body, sort_keys=True, ensure_ascii=False, default=str).encode()
    except (ValueError, TypeError, RecursionError) as error:
        # A value that holds itself, keys of two kinds, half a character.
        raise PolicyError(f"{name}.yaml: {error}") from error
    version = f"{name}-{sha256(canonical).hexdigest()[:12]}"
    try:
        return model.model_validate({**body, "version": version})
    except ValidationError as error:
        raise PolicyError(f"{name}.yaml: {_problems(error)}") from error


def _problems(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
        for item in error.errors(include_url=False)
    )


class PolicyShelf(Generic[T]):
    """The current version of a policy and every older one that is still in use."""

    def __init__(self, name: str, current: T) -> None:
        self.name = name
        self.current = current
        self._versions: dict[str, T] = {current.version: current}
        self._unreadable: dict[str, str] = {}

    async def open(self, database: Database) -> None:
        """Store the current version (once) and read the older ones.

        An older one that this release can't read any more is logged, and holds up nobody but the
        cases that keep it.
        """
        async with database.transaction() as tx:
            body = self.current.model_dump(mode="json", exclude={"version"})
            await tx.execute(queries.remember_policy, self.name, self.current.version, body)
            rows = await tx.fetch(queries.policies, self.name)
        for row in rows:
            if row["version"] not in self._versions:
                self._read(row["version"], row["body"])

    def _read(self, version: str, body: dict[str, object]) -> None:
        model = type(self.current)
        try:
            self._versions[version] = model.model_validate({**body, "version": version})
        except ValidationError as error:
            self._unreadable[version] = _problems(error)
            log.warning("policy version unreadable", policy=self.name, version=version)

    @property
    def names(self) -> tuple[str, ...]:
        """The versions that can be read."""
        return tuple(self._versions)

    def version(self, name: str) -> T:
        """The policy of that version. Raises PolicyError when it was never stored, or can't be
        read by this release."""
        try:
            return self._versions[name]
        except KeyError:
            reason = self._unreadable.get(name, "it is unknown")
            raise PolicyError(f"policy version {name}: {reason}") from None
