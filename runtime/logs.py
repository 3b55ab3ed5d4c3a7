"""Structured logs: one JSON object a line on standard error, personal data masked.

Every module logs through `logger(name)`; the service sets the format up once. Nobody waits for a
line to be written, see `outlet`.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog

from runtime.outlet import Outlet
from runtime.redaction import mask_text

STANDARD_ERROR = 2

HIDDEN = frozenset({"text", "raw", "phone", "name", "address", "contact", "key", "value", "body"})


def _redact(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for field, value in entry.items():
        if field in HIDDEN:
            entry[field] = "[hidden]"
        elif isinstance(value, str) and field not in ("event", "level", "timestamp"):
            entry[field] = mask_text(value)
    return entry


def set_up(service: str, level: str) -> None:
    """Route structlog and the standard library's loggers to one JSON stream."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    outlet = cast(TextIO, Outlet(service, STANDARD_ERROR))
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(outlet),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(outlet)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(ensure_ascii=False),
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(number, logging.WARNING))


def trail(error: BaseException) -> list[str]:
    """Where an error came from: types and lines, never its text, which may quote data."""
    found: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(found) < 60:
        found.append(type(cause).__name__)
        frames = traceback.extract_tb(cause.__traceback__)[-12:]
        found += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return found


def logger(name: str) -> Any:
    """A logger whose entries carry the module's name."""
    return structlog.get_logger(module=name)
