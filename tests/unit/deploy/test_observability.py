"""Prometheus, Grafana, collector and Tempo point at each other and at metrics that exist."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from cli.telemetry_docs import scraped_names
from schemas.topics import SERVICES
from tests.support.compose import ROOT, Compose, read_yaml

DASHBOARDS = sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))
NAME = re.compile(r"\baftercare_[a-z_]+\b")
WORD = re.compile(r"\b[a-z_][a-z0-9_]*\b")


def scrapes() -> dict[str, Any]:
    jobs = read_yaml("deploy/prometheus/prometheus.yml")["scrape_configs"]
    return {job["job_name"]: job for job in jobs}


def test_each_service_is_scraped_at_its_health_port(compose: Compose) -> None:
    job = scrapes()["aftercare"]
    found = {entry["labels"]["service"]: entry["targets"] for entry in job["static_configs"]}
    assert found == {
        name: [f"{name}:{container.variables['AFTERCARE_HEALTH_PORT']}"]
        for name, container in compose.services.items()
    }
    assert tuple(found) == SERVICES
    assert job["honor_labels"] is True, "aftercare_batch_seconds carries the same label"


def test_what_watches_is_watched_too(compose: Compose) -> None:
    jobs = scrapes()
    targets = {
        name: jobs[name]["static_configs"][0]["targets"] for name in jobs.keys() - {"aftercare"}
    }
    collector = read_yaml("deploy/otel-collector/config.yaml")["service"]["telemetry"]["metrics"]
    own = collector["readers"][0]["pull"]["exporter"]["prometheus"]["port"]
    tempo = read_yaml("deploy/tempo/tempo.yaml")["server"]["http_listen_port"]
    assert targets == {
        "otel-collector": [f"otel-collector:{own}"],
        "tempo": [f"tempo:{tempo}"],
        "prometheus": ["127.0.0.1:9090"],
    }


def rules() -> list[dict[str, Any]]:
    groups = read_yaml("deploy/prometheus/rules.yml")["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_alerts_ask_for_metrics_that_exist() -> None:
    used = {name for rule in rules() for name in NAME.findall(rule["expr"])}
    assert used
    assert used - scraped_names() == set()


def test_every_alert_is_in_the_runbook() -> None:
    text = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    headings = " ".join(re.findall(r"^### (.*)$", text, re.MULTILINE))
    for rule in rules():
        assert re.search(rf"\b{rule['alert']}\b", headings), rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = dashboard["panels"]
    return found


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_asks_for_metrics_that_exist(path: Any) -> None:
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in panels(dashboard) for target in panel["targets"]]
    queries += [entry["query"]["query"] for entry in dashboard["templating"]["list"]]
    for query in queries:
        names = NAME.findall(query) or [word for word in WORD.findall(query) if word == "up"]
        assert names, query
        assert set(names) - scraped_names() - {"up"} == set(), query


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_is_sound(path: Any) -> None:
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    ids = [panel["id"] for panel in panels(dashboard)]
    assert len(ids) == len(set(ids))
    known = {source["uid"] for source in sources()}
    for panel in panels(dashboard):
        assert panel["description"], panel["title"]
        assert panel["datasource"]["uid"] in known
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        assert all(target["datasource"]["uid"] in known for target in panel["targets"])


def test_the_first_dashboard_shows_every_metric() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in DASHBOARDS)
    whole = {re.sub(r"_(bucket|sum|count)$", "", name) for name in scraped_names()}
    assert whole - {re.sub(r"_bucket$", "", name) for name in NAME.findall(text)} == set()


def sources() -> list[dict[str, Any]]:
    found: list[dict[str, Any]]
    found = read_yaml("deploy/grafana/provisioning/datasources/sources.yaml")["datasources"]
    return found


def test_grafana_reads_from_containers_that_there_are(compose: Compose) -> None:
    assert [source["uid"] for source in sources()] == ["prometheus", "tempo"]
    tempo = read_yaml("deploy/tempo/tempo.yaml")["server"]["http_listen_port"]
    ports = {"prometheus": 9090, "tempo": tempo}
    for source in sources():
        where = urlsplit(source["url"])
        assert where.hostname in compose.containers
        assert where.port == ports[source["uid"]]
    provider = read_yaml("deploy/grafana/provisioning/dashboards/dashboards.yaml")["providers"][0]
    mounted = compose.containers["grafana"].entry["volumes"]
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in mounted


def test_spans_find_their_way(compose: Compose) -> None:
    collector = read_yaml("deploy/otel-collector/config.yaml")
    for service in compose.services.values():
        where = urlsplit(service.variables["AFTERCARE_OTLP_ENDPOINT"])
        receiver = collector["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
        assert where.hostname == "otel-collector"
        assert receiver == f"0.0.0.0:{where.port}"
    tempo = read_yaml("deploy/tempo/tempo.yaml")
    entry = tempo["distributor"]["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"]
    port = entry.rpartition(":")[2]
    assert collector["exporters"]["otlp/tempo"]["endpoint"] == f"tempo:{port}"


def test_pipelines_use_what_is_defined_and_all_of_it() -> None:
    collector = read_yaml("deploy/otel-collector/config.yaml")
    for kind in ("receivers", "processors", "exporters"):
        used = {name for line in collector["service"]["pipelines"].values() for name in line[kind]}
        assert used == set(collector[kind])
    for line in collector["service"]["pipelines"].values():
        assert line["processors"][0] == "memory_limiter", "it must come first to protect"


def test_tempo_keeps_its_data_on_its_volume(compose: Compose) -> None:
    trace = read_yaml("deploy/tempo/tempo.yaml")["storage"]["trace"]
    mounted = compose.containers["tempo"].entry["volumes"][0].partition(":")[2]
    assert trace["wal"]["path"].startswith(f"{mounted}/")
    assert trace["local"]["path"].startswith(f"{mounted}/")
