"""Containers and settings classes agree: every variable, every port."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from cli.deploy import MigrateSettings, TopicsSettings
from cli.deploy_secrets import write_secrets
from schemas.topics import SERVICES
from tests.support.compose import SECRETS, Compose
from tests.support.settings import PREFIX, all_settings, required, settings_of, variables

OF_THE_IMAGE = {
    "postgres": {"POSTGRES_DB", "POSTGRES_PASSWORD_FILE", "POSTGRES_INITDB_ARGS"},
    "grafana": {
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES", "GF_ANALYTICS_CHECK_FOR_UPDATES",
        "GF_ANALYTICS_REPORTING_ENABLED", "GF_AUTH_ANONYMOUS_ENABLED", "GF_LOG_MODE",
        "GF_NEWS_NEWS_FEED_ENABLED", "GF_PLUGINS_PREINSTALL_DISABLED",
        "GF_SECURITY_ADMIN_PASSWORD__FILE", "GF_USERS_ALLOW_SIGN_UP",
    },
}  # fmt: skip
ONCE: dict[str, type[BaseSettings]] = {"migrate": MigrateSettings, "topics": TopicsSettings}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """One without any of our variables."""
    for name in {name for kind in all_settings() for name in variables(kind)}:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_what_it_needs_and_nothing_unknown(compose: Compose, service: str) -> None:
    container, kind = compose.services[service], settings_of(service)
    given = container.variables.keys() | container.secret_variables.keys()
    assert given - variables(kind) == set(), "no setting has this name"
    assert required(kind) - given == set(), "required and not given"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_can_read_what_it_gets(
    compose: Compose, service: str, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_secrets(tmp_path, "postgres:5432/aftercare")
    container = compose.services[service]
    for name, value in container.variables.items():
        environment.setenv(name, value.replace(SECRETS, str(tmp_path)))
    for name, source in container.secret_variables.items():
        environment.setenv(name, (tmp_path / source).read_text(encoding="utf-8"))

    settings = settings_of(service)()

    assert settings.health_port == 9100
    assert settings.listen_host == "0.0.0.0"
    assert f"aftercare_{service}:" in settings.database_url.get_secret_value()
    api_port = getattr(settings, "api_port", None)
    assert set(container.ports) == ({api_port} if api_port else set())


@pytest.mark.parametrize("name", ONCE)
def test_what_runs_once_gets_exactly_what_it_needs(compose: Compose, name: str) -> None:
    container = compose.containers[name]
    given = container.variables.keys() | container.secret_variables.keys()
    assert given == required(ONCE[name])


def test_passwords_are_asked_for_every_service() -> None:
    asked = {name for name in variables(MigrateSettings) if name.startswith(f"{PREFIX}PASSWORD_")}
    assert asked == {f"{PREFIX}PASSWORD_{service.upper()}" for service in SERVICES}


def test_other_images_get_only_variables_that_they_know(compose: Compose) -> None:
    for name in compose.containers.keys() - {*SERVICES, *ONCE}:
        known = OF_THE_IMAGE.get(name, set())
        assert compose.containers[name].variables.keys() == known, name
