"""All settings classes of the system, found where they live. For tests of variables."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from pydantic_settings import BaseSettings

from cli.deploy import MigrateSettings, TopicsSettings
from devstack.settings import StackSettings
from runtime.settings import LogSettings, RuntimeSettings
from schemas.topics import SERVICES
from tests.support.stack import SupportSettings

PREFIX = "AFTERCARE_"


def settings_of(service: str) -> type[RuntimeSettings]:
    """The class that a service is started with."""
    found = [kind for kind in _classes(service) if issubclass(kind, RuntimeSettings)]
    assert len(found) == 1, f"{service}: {found}"
    return found[0]


def all_settings() -> list[type[BaseSettings]]:
    """Every class that reads the environment."""
    own = [kind for service in SERVICES for kind in _classes(service)]
    above: list[type[BaseSettings]] = [MigrateSettings, TopicsSettings, SupportSettings]
    return [RuntimeSettings, LogSettings, StackSettings, *own, *above]


def variables(kind: type[BaseSettings]) -> set[str]:
    """Names in the environment."""
    return {PREFIX + name.upper() for name in kind.model_fields}


def required(kind: type[BaseSettings]) -> set[str]:
    """Those without a default."""
    fields = kind.model_fields.items()
    return {PREFIX + name.upper() for name, field in fields if field.is_required()}


def _classes(service: str) -> Iterator[type[BaseSettings]]:
    module = importlib.import_module(f"services.{service}.settings")
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and issubclass(value, BaseSettings)
            and value.__module__ == module.__name__
        ):
            yield value
