"""`aftercare migrate`, `topics`, `secrets`: what containers need once, before the services start.

Also `python -m cli.deploy`: images carry no embedded broker or database, which the other commands
load.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from cli.deploy_secrets import write_secrets
from devstack.databases import migrate as migrate_databases
from devstack.problems import StackError
from devstack.topics import create_topics
from runtime.clock import monotonic_s
from schemas.topics import SERVICES, TOPICS

AGAIN_AFTER_S = 1.0
S = TypeVar("S", bound=BaseSettings)
Wait = Annotated[
    float, typer.Option("--wait-s", min=0, help="Try again for so many seconds while away.")
]


class MigrateSettings(BaseSettings):
    """An administrator's database and the passwords that the services' roles get."""

    model_config = SettingsConfigDict(env_prefix="AFTERCARE_", extra="ignore")

    database_url: SecretStr = Field(description="PostgreSQL URL with an owner's rights.")
    password_intake: SecretStr = Field(description="Password of the role of intake.")
    password_triage: SecretStr = Field(description="Password of the role of triage.")
    password_sla: SecretStr = Field(description="Password of the role of sla.")
    password_notifier: SecretStr = Field(description="Password of the role of notifier.")
    password_evidence: SecretStr = Field(description="Password of the role of evidence.")
    password_resolution: SecretStr = Field(description="Password of the role of resolution.")

    def password_of(self, service: str) -> str:
        """The password of one service's role; empty leaves the role's password as it is."""
        found: SecretStr = getattr(self, f"password_{service}")
        return found.get_secret_value()


class TopicsSettings(BaseSettings):
    """The broker."""

    model_config = SettingsConfigDict(env_prefix="AFTERCARE_", extra="ignore")

    kafka_bootstrap: str = Field(min_length=1, description="Kafka bootstrap servers, host:port.")


def register(app: typer.Typer) -> None:
    """Hang these commands onto the root."""
    for command in (migrate, topics, secrets):
        app.command()(command)


def migrate(wait_s: Wait = 60.0) -> None:
    """Bring every service's schema and role up to date; doing it again changes nothing.

    Reads AFTERCARE_DATABASE_URL (an owner's) and AFTERCARE_PASSWORD_<SERVICE>.
    """
    settings = _read(MigrateSettings)
    url = settings.database_url.get_secret_value()
    passwords = {name: settings.password_of(name) for name in SERVICES}
    _run(lambda: migrate_databases(url, passwords, lambda _, doing: typer.echo(doing)), wait_s)
    typer.echo(f"the schemas of {len(SERVICES)} services are up to date")


def topics(wait_s: Wait = 60.0) -> None:
    """Create the topics that are missing on AFTERCARE_KAFKA_BOOTSTRAP; others stay as they are."""
    settings = _read(TopicsSettings)
    _run(lambda: create_topics(settings.kafka_bootstrap), wait_s)
    typer.echo(f"{len(TOPICS)} topics are there")


def secrets(
    folder: Annotated[Path, typer.Argument(help="Folder for the files; made if missing.")],
    database: Annotated[
        str, typer.Option("--database", help="host:port/name as the services will see it.")
    ] = "postgres:5432/aftercare",
) -> None:
    """Make the secrets that docker-compose.yml mounts, one file each; what is there stays."""
    made = write_secrets(folder, database)
    for name in made:
        typer.echo(name)
    typer.echo(f"{len(made)} files made in {folder}" if made else f"{folder} is complete")


def _read(kind: type[S]) -> S:
    try:
        return kind()
    except ValidationError as error:
        for item in error.errors(include_url=False, include_input=False):
            name = "_".join(str(part) for part in item["loc"]).upper()
            typer.echo(f"✗ AFTERCARE_{name}: {item['msg']}", err=True)
        raise typer.Exit(2) from None


def _run(step: Callable[[], Awaitable[None]], wait_s: float) -> None:
    try:
        asyncio.run(_until_done(step, wait_s))
    except StackError as error:
        _fail(error)


async def _until_done(step: Callable[[], Awaitable[None]], wait_s: float) -> None:
    deadline = monotonic_s() + wait_s
    while True:
        try:
            return await step()
        except StackError:
            if monotonic_s() >= deadline:
                raise
            await asyncio.sleep(AGAIN_AFTER_S)


def _fail(error: StackError) -> NoReturn:
    typer.echo(f"✗ {error.message}\n  → {error.advice}", err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    own = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)
    register(own)
    own()
