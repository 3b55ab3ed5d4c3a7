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
from runtime.sql_text import queries
from schemas.values import Ref


class Policy(BaseModel):
    """Base of a service's policy model: closed content, so a typing error is found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Ref = Field(default="unversioned", description="Filled in from the content.")


T = TypeVar("T", bound=Policy)


class PolicyError(Exception):
    """A policy file can't be used; the text names file, place and reason."""


def load_policy(directory: Path, name: str, model: type[T]) -> T:
    """Read `<directory>/<name>.yaml`. Raises PolicyError."""
    path = directory / f"{name}.yaml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise PolicyError(f"{path.name}: {error}") from error
    if not isinstance(content, dict):
        raise PolicyError(f"{path.name}: a mapping is expected at the top")
    return parse_policy(name, content, model)


def parse_policy(name: str, content: dict[str, object], model: type[T]) -> T:
    """Validate content and give it its version: name and hash. Raises PolicyError."""
    body = {key: value for key, value in content.items() if key != "version"}
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=False, default=str)
    version = f"{name}-{sha256(canonical.encode()).hexdigest()[:12]}"
    try:
        return model.model_validate({**body, "version": version})
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors(include_url=False)
        )
        raise PolicyError(f"{name}.yaml: {problems}") from error


class PolicyShelf(Generic[T]):
    """The current version of a policy and every older one that is still in use."""

    def __init__(self, name: str, current: T) -> None:
        self.name = name
        self.current = current
        self._versions: dict[str, T] = {current.version: current}

    async def open(self, database: Database) -> None:
        """Store the current version (once) and read the older ones."""
        async with database.transaction() as tx:
            body = self.current.model_dump(mode="json", exclude={"version"})
            await tx.execute(queries.remember_policy, self.name, self.current.version, body)
            rows = await tx.fetch(queries.policies, self.name)
        for row in rows:
            if row["version"] not in self._versions:
                model = type(self.current)
                stored = model.model_validate({**row["body"], "version": row["version"]})
                self._versions[row["version"]] = stored

    def version(self, name: str) -> T:
        """The policy of that version. Raises PolicyError when it was never stored."""
        try:
            return self._versions[name]
        except KeyError:
            raise PolicyError(f"policy version {name} is unknown") from None
