"""Brings the database up to date and makes the services' roles. Called by the supervisor."""

from __future__ import annotations

from collections.abc import Mapping

from devstack.problems import Progress, StackError
from runtime.database import BadDataError, DatabaseAwayError
from runtime.migrations import MigrationError, migrate_all


async def migrate(url: str, passwords: Mapping[str, str], progress: Progress) -> None:
    """Schemas and roles of the services in `passwords`. Doing it again changes nothing.

    Raises StackError.
    """
    try:
        await migrate_all(url, passwords, lambda service: progress("migrations", service))
    except DatabaseAwayError as error:
        raise StackError(
            f"the database can't be reached: {error}",
            "Is AFTERCARE_DATABASE_URL right? Empty, a server is started here.",
        ) from error
    except (MigrationError, BadDataError) as error:
        raise StackError(
            f"the database can't be migrated: {error}",
            "An older program's data? Another AFTERCARE_RUN_DIR starts from nothing.",
        ) from error
