"""Rules on hidden inputs and hidden effects: clocks, ids, environment, brokers, commits."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.tree import ROOMS, Finding, Rule, Source, Tree

HIDDEN = {
    "datetime.date.today", "datetime.datetime.now", "datetime.datetime.today",
    "datetime.datetime.utcnow", "os.urandom", "secrets.randbelow", "secrets.token_bytes",
    "secrets.token_hex", "secrets.token_urlsafe", "time.monotonic", "time.monotonic_ns",
    "time.perf_counter", "time.perf_counter_ns", "time.time", "time.time_ns", "uuid.uuid1",
    "uuid.uuid4", "uuid.uuid6", "uuid.uuid7",
}  # fmt: skip
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv"}
OPENERS = {"AIOKafkaConsumer", "AIOKafkaProducer", "APIRouter", "FastAPI", "FastStream",
           "KafkaBroker", "KafkaRouter"}  # fmt: skip
RUNTIME_ONLY = {"commit", "publish", "send_and_wait"}


def aliases(tree: ast.Module) -> dict[str, str]:
    """What each imported name of a module stands for, dotted."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                found[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def dotted(node: ast.expr, names: dict[str, str]) -> str | None:
    """Full name of `a` or `a.b.c` where `a` was imported, else None."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value, names)
        return f"{owner}.{node.attr}" if owner else None
    return None


def _uses(source: Source) -> Iterator[tuple[int, str]]:
    names = aliases(source.tree)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute | ast.Name):
            full = dotted(node, names)
            if full:
                yield node.lineno, full


def hidden_inputs(tree: Tree) -> Iterator[Finding]:
    """Time and random ids come from runtime/clock.py, the environment from settings.py."""
    for source in tree.rooms("services", "runtime", "schemas"):
        if source.path == "runtime/clock.py":
            continue
        for line, full in _uses(source):
            if full in HIDDEN or full.startswith("random."):
                text = f"{full}: time and random ids come from runtime/clock.py"
                yield Finding(source.path, line, "hidden-inputs", text)
            if full in ENVIRONMENT and source.parts[-1] != "settings.py":
                text = f"{full}: the environment is read by settings only"
                yield Finding(source.path, line, "hidden-inputs", text)


def module_level_broker(tree: Tree) -> Iterator[Finding]:
    """Brokers, routers and apps are built inside build(settings), never when a module loads."""
    for source in tree.rooms(*ROOMS):
        for call in _calls_on_load(source.tree.body):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else None
            name = call.func.id if isinstance(call.func, ast.Name) else name
            if name in OPENERS:
                text = f"{name} at module level: build it inside build(settings)"
                yield Finding(source.path, call.lineno, "module-level-broker", text)


def _calls_on_load(body: list[ast.stmt]) -> Iterator[ast.Call]:
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call):
            yield node
        waiting.extend(ast.iter_child_nodes(node))


def runtime_publishes(tree: Tree) -> Iterator[Finding]:
    """Handlers never commit or publish: they return decisions, the runtime does the rest."""
    for source in tree.rooms("services"):
        for node in ast.walk(source.tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in RUNTIME_ONLY
            ):
                text = f".{node.func.attr}(): the runtime commits and publishes"
                yield Finding(source.path, node.lineno, "runtime-publishes", text)


def honest_tests(tree: Tree) -> Iterator[Finding]:
    """Tests wait for what they want to see and use our own modules as they are."""
    for source in tree.rooms("tests"):
        for line, full in _uses(source):
            if full == "time.sleep":
                text = "wait for the condition, not for the clock"
                yield Finding(source.path, line, "honest-tests", text)
            if full.startswith("unittest.mock"):
                text = "no mocks: use the real thing, or a fake at a port"
                yield Finding(source.path, line, "honest-tests", text)


RULES: tuple[Rule, ...] = (hidden_inputs, module_level_broker, runtime_publishes, honest_tests)
