"""The rules bite: each is shown a planted violation and must name it."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.architecture import contract
from tests.architecture.test_house import RULES
from tests.architecture.tree import Tree, name_of

PROJECT = """[project]
name = "planted"
dependencies = ["pydantic>=2"]
[project.optional-dependencies]
dev = ["pytest>=9"]
"""
OPENED = '"""Planted."""\n'


@dataclass(frozen=True)
class Plant:
    """Files to write, the rule that must object, and the `path:line: … text` that it must say."""

    rule: str
    says: str
    files: dict[str, str] = field(default_factory=dict)


def one(rule: str, path: str, body: str, line: int, text: str) -> Plant:
    """A plant of one file; a Python body gets a docstring as its first line."""
    content = OPENED + body if path.endswith(".py") else body
    return Plant(rule, f"{path}:{line}: [{rule}] {text}", {path: content})


LONG = "def long() -> int:\n" + "    x = 1\n" * 40 + "    return x\n"
SERVICE = {
    f"services/sla/{part}": OPENED
    for part in ("__main__.py", "app.py", "domain.py", "settings.py", "README.md",
                 "sql/queries.sql", "sql/schema.sql", "sql/migrations/0001_sla.sql")
}  # fmt: skip
PLANTS = (
    one("file-length", "tests/unit/test_x.py", "x = 1\n" * 300, 301, "301 lines"),
    one("function-length", "runtime/x.py", LONG, 2, "long() has 42 lines"),
    one("file-name", "cli/utils.py", "", 1, "utils.py says nothing"),
    one("file-name", "services/sla/helpers/clock.py", "", 1, "helpers says nothing"),
    Plant("module-docstring", "cli/x.py:1: [module-docstring]", {"cli/x.py": "x = 1\n"}),
    Plant(
        "module-docstring",
        "cli/y.py:1: [module-docstring] the first paragraph has more",
        {"cli/y.py": '"""One.\nTwo.\nThree.\nFour.\n"""\n'},
    ),
    one("place", "notes.txt", "", 1, "no such file belongs at the top"),
    one("place", "fix.py", "", 1, "no such file belongs at the top"),
    one("place", "lib/x.json", "{}", 1, "lib/ is no room"),
    one("place", "services/rules.py", "", 1, "code belongs to one service"),
    one("place", "services/sla/store.sql", "", 1, "SQL lies in a folder called sql/"),
    one("place", "tests/test_x.py", "", 1, "tests are sorted into"),
    one("place", "runtime/test_pump.py", "", 1, "tests lie in tests/"),
    one("place", "docs/build.py", "", 1, "no Python in docs/"),
    Plant("service-anatomy", "services/sla/store.py:1: [service-anatomy] sla lacks", SERVICE),
    Plant(
        "service-readme",
        "services/sla/README.md:61: [service-readme]",
        {"services/sla/app.py": OPENED, "services/sla/README.md": "x\n" * 61},
    ),
    one("layers", "runtime/x.py", "from services.sla import app\n", 2, "runtime may not import"),
    one("layers", "schemas/x.py", "import runtime.clock\n", 2, "schemas may not import"),
    one("layers", "services/sla/x.py", "import cli\n", 2, "services may not import cli"),
    one("layers", "devstack/x.py", "import services.sla\n", 2, "devstack may not import"),
    one("sibling", "services/sla/x.py", "from services.triage import domain\n", 2,
        "sla imports its sibling triage"),
    one("drivers", "services/sla/store.py", "import asyncpg\n", 2, "asyncpg is imported by"),
    one("drivers", "services/sla/store.py", "from faststream.kafka import KafkaBroker\n", 2,
        "faststream is imported by"),
    one("drivers", "services/sla/x.py", "def f() -> None:\n    import aiokafka\n", 3, "aiokafka"),
    one("domain-purity", "services/sla/domain.py", "from runtime.clock import wall_now\n", 2,
        "a domain imports the standard library, pydantic and schemas, not runtime.clock"),
    one("domain-purity", "services/sla/domain/due.py", "import os\n", 2, "a domain imports"),
    one("domain-purity", "services/sla/domain.py", "async def f() -> None: ...\n", 2,
        "a rule never waits"),
    one("domain-purity", "services/sla/domain.py", 'x = open("x")\n', 2, "no I/O"),
    Plant(
        "declared-dependencies",
        "runtime/x.py:2: [declared-dependencies] rich is not declared",
        {"pyproject.toml": PROJECT, "runtime/x.py": OPENED + "import rich\n"},
    ),
    Plant(
        "lock-is-current",
        "requirements.lock:1: [lock-is-current] pytest>=9 is not what the lock pins (8.0)",
        {"pyproject.toml": PROJECT, "requirements.lock": "pydantic==2.1 \\\npytest==8.0 \\\n"},
    ),
    Plant(
        "lock-is-current",
        "requirements.lock:1: [lock-is-current] the lock holds names",
        {"pyproject.toml": PROJECT, "requirements.lock": "--find-links somewhere\n"},
    ),
    one("hidden-inputs", "runtime/x.py", "import time\nx = time.time()\n", 3, "time.time:"),
    one("hidden-inputs", "runtime/x.py", "from datetime import datetime as d\nx = d.now()\n", 3,
        "datetime.datetime.now:"),
    one("hidden-inputs", "services/sla/x.py", "from uuid import uuid4\nx = [uuid4]\n", 3,
        "uuid.uuid4:"),
    one("hidden-inputs", "schemas/x.py", "import random\nx = random.random()\n", 3, "random."),
    one("hidden-inputs", "services/sla/app.py", "import os\nx = os.environ\n", 3,
        "os.environ: the environment"),
    one("module-level-broker", "services/sla/app.py", "router = APIRouter()\n", 2, "APIRouter"),
    one("module-level-broker", "runtime/x.py", "class A:\n    b = kafka.KafkaBroker()\n", 3,
        "KafkaBroker"),
    one("runtime-publishes", "services/sla/app.py", "async def f(m):\n    await m.commit()\n", 3,
        ".commit()"),
    one("honest-tests", "tests/e2e/test_x.py", "import time\ntime.sleep(1)\n", 3, "wait for"),
    one("honest-tests", "tests/unit/test_x.py", "from unittest.mock import Mock\nMock()\n", 3,
        "no mocks"),
    one("sql-in-python", "services/sla/store.py", 'x = "SELECT a FROM b"\n', 2, "SQL in Python"),
    one("sql-in-python", "cli/x.py", 'x = f"update {t} set a = 1"\n', 2, "SQL in Python"),
    one("sql-in-python", "runtime/x.py", 'x = "insert into b values (1)"\n', 2, "SQL in Python"),
    one("sql-in-python", "runtime/x.py", 'x = "CREATE ROLE sla"\n', 2, "SQL in Python"),
    Plant(
        "named-queries",
        "services/sla/sql/queries.sql:1: [named-queries] query load_cases is used nowhere",
        {"services/sla/sql/queries.sql": "-- name: load_cases\nSELECT 1;\n"},
    ),
    Plant(
        "named-queries",
        "services/sla/store.py:2: [named-queries] no query named save_cases",
        {
            "services/sla/sql/queries.sql": "-- name: load_cases\nSELECT 1;\n",
            "services/sla/store.py": OPENED + "x = (queries.save_cases, queries.load_cases)\n",
        },
    ),
    one("named-queries", "runtime/sql/x.sql", "-- name: load\nSELECT 1;\n", 1,
        "load is a method of Queries"),
    one("machine-paths", "docs/x.md", "see /wo" + "rk/main\n", 1, "/wo" + "rk/ exists"),
    one("outside-hosts", "docs/x.md", "ok http://127.0.0.1:1 https://api.shop.dev/v1\n", 1,
        "api.shop.dev"),
    one("outside-hosts", "runtime/x.py", 'host = "sms.shop.cn"\n', 2, "sms.shop.cn"),
    one("left-open", "runtime/x.sql", "-- TO" + "DO later\n", 1, "'TO" + "DO' does not belong"),
    one("left-open", "CHANGELOG.md", "as wished in issue " + "#12\n", 1, "'issue " + "#12'"),
    one("units-in-names", "schemas/x.py", "class A:\n    opened: datetime\n", 3, "A.opened:"),
    one("units-in-names", "runtime/x.py", "class A:\n    timeout: float\n", 3, "A.timeout: a dur"),
    one("units-in-names", "services/sla/x.py", "class A:\n    price: int\n", 3, "A.price: money"),
)  # fmt: skip


def plant(root: Path, files: dict[str, str]) -> Tree:
    """Write the files and look at them."""
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, encoding="utf-8")
    return Tree(root)


@pytest.mark.parametrize("planted", PLANTS, ids=lambda planted: f"{planted.rule}")
def test_rule_names_the_violation(planted: Plant, tmp_path: Path) -> None:
    (rule,) = (rule for rule in RULES if name_of(rule) == planted.rule)
    said = [str(finding) for finding in rule(plant(tmp_path, planted.files))]
    assert any(line.startswith(planted.says) for line in said), said


def test_every_rule_has_a_plant() -> None:
    assert {name_of(rule) for rule in RULES} == {planted.rule for planted in PLANTS}


CLEAN = {
    "pyproject.toml": PROJECT,
    "requirements.lock": "pydantic==2.9 \\\n --hash=sha256:1\npytest==9.1 \\\n --hash=sha256:2\n",
    **SERVICE,
    "services/sla/domain.py": OPENED + "from datetime import datetime\nfrom schemas import sla\n"
    "text = ('Select one from the list', 'Delete from the queue what is old', 'update the set')\n",
    "services/sla/store.py": OPENED + "x = queries.load_cases\n",
    "services/sla/sql/queries.sql": "-- name: load_cases\nSELECT 1;\n",
    "docs/x.md": "http://kafka:9092 http://localhost/x https://shop.example.com {x}\n",
}  # fmt: skip


def test_clean_code_passes(tmp_path: Path) -> None:
    tree = plant(tmp_path, CLEAN)
    assert [str(finding) for rule in RULES for finding in rule(tree)] == []


def test_field_without_description_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "from pydantic import BaseModel\n\n\nclass Thing(BaseModel):\n    size: int\n"
    plant(tmp_path, {"planted_contract/__init__.py": "", "planted_contract/x.py": body})
    monkeypatch.syspath_prepend(tmp_path)
    package = importlib.import_module("planted_contract")
    try:
        said = [str(finding) for finding in contract.described(package, tmp_path)]
    finally:
        for name in [name for name in sys.modules if name.startswith("planted_contract")]:
            del sys.modules[name]
    assert said == ["planted_contract/x.py:4: [described] Thing.size has no description"]


def test_present_tense_is_named() -> None:
    said = [finding.text for finding in contract.past_tense(["OpenTicket", "CallMade"], "x.py")]
    assert said == ["OpenTicket: what has happened? An event is past"]
