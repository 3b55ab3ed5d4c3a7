"""Makes the secrets of a deployment with containers, one file each. Called by `aftercare secrets`.

The folder is closed to everyone but its owner. The files in it are readable: they are mounted one
by one, into containers that run as other users.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from devstack.layout import DEMO_SHOP
from devstack.standins.accounts import Accounts
from devstack.standins.channel_accounts import channel_accounts, report_secret
from runtime.clock import random_bytes
from runtime.migrations import role_of
from schemas.topics import SERVICES

ADMIN = "postgres"
SHOP_SECRETS = "shop_secrets.json"
STANDINS = "standins_accounts.json"
STANDINS_URL = "http://127.0.0.1:9200"
"""The stand-in providers share the notifier's network."""
Maker = Callable[[Mapping[str, str]], str]
"""Gets what is known so far, by file name."""


def write_secrets(folder: Path, database: str) -> list[str]:
    """Make the files that are missing and return their names; what is there stays as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    known: dict[str, str] = {}
    made = []
    for name, maker in makers(database).items():
        path = folder / name
        if path.exists():
            known[name] = path.read_text(encoding="utf-8").strip()
        else:
            known[name] = maker(known)
            path.write_text(known[name], encoding="utf-8")
            path.chmod(0o644)
            made.append(name)
    return made


def makers(database: str) -> dict[str, Maker]:
    """How each file is made; a URL comes after the password that it holds."""
    made: dict[str, Maker] = {
        "master_key": lambda _: _key(),
        "evidence_signing_key": lambda _: _key(),
        "postgres_password": lambda _: _password(),
        "grafana_password": lambda _: _password(),
        SHOP_SECRETS: lambda _: json.dumps({DEMO_SHOP: [{"secret": f"whsec_{_key()}"}]}, indent=2),
        STANDINS: lambda _: Accounts.fresh().model_dump_json(indent=2),
        "report_secret": lambda known: report_secret(_standins(known)),
        "notifier_accounts.json": lambda known: json.dumps(
            channel_accounts(_standins(known), STANDINS_URL), ensure_ascii=False, indent=2
        ),
        "migrate_database_url": lambda known: _url(ADMIN, known["postgres_password"], database),
    }
    for service in SERVICES:
        made[f"{service}_password"] = lambda _: _password()
        made[f"{service}_database_url"] = _url_maker(service, database)
    return made


def _standins(known: Mapping[str, str]) -> Accounts:
    return Accounts.model_validate_json(known[STANDINS])


def _url_maker(service: str, database: str) -> Maker:
    return lambda known: _url(role_of(service), known[f"{service}_password"], database)


def _url(role: str, password: str, database: str) -> str:
    return f"postgresql://{quote(role, safe='')}:{quote(password, safe='')}@{database}"


def _password() -> str:
    return base64.urlsafe_b64encode(random_bytes(24)).decode()


def _key() -> str:
    return base64.b64encode(random_bytes(32)).decode()
