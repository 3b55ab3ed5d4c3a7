"""Stand-in for a chat-completions endpoint: the wire format of the real ones, with every way of
answering badly. Keeps a log of what it received, word for word. Mounted by app.py, and by tests."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

PATH = "/chat/v1/chat/completions"
CONTROL = "/control/completions"
BODY_MAX_BYTES = 256 * 1024
Manner = Literal[
    "fine",  # answers as asked
    "slow",  # the same, byte by byte over wait_s
    "silent",  # takes the request and says nothing for wait_s
    "status_400",
    "status_413",
    "status_422",
    "status_500",
    "too_many",  # 429 with Retry-After
    "unauthorized",  # 401
    "redirect",  # 307 to another path
    "no_json",  # 200 with a page instead
    "no_completion",  # 200 with JSON that is no completion
    "oversized",  # 200 with a megabyte
    "chatty",  # the answer in the middle of a sentence
    "wrong_class",  # a class that does not exist
    "hostile",  # the answer, and orders beside it
    "not_sure",  # the answer, with little confidence
]


class Behaviour(BaseModel):
    """How it answers from now on. `words`: text pieces that decide the class; else `answers`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    manner: Manner = "fine"
    answers: str = "logistics"
    confidence: float = 0.93
    words: dict[str, str] = Field(default_factory=dict)
    wait_s: float = Field(default=30.0, ge=0)
    retry_after_s: float = Field(default=5.0, ge=0)


class CompletionsStandIn:
    """One endpoint. `key`: the bearer key that it wants; empty: any, or none."""

    def __init__(self, log: Path, now: Callable[[], datetime], key: str = "") -> None:
        self.behaviour = Behaviour()
        self.arrived = asyncio.Event()
        """Set at each request; whoever waits clears it before."""
        self._key = key
        self._now = now
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def mount(self, app: web.Application) -> None:
        """Answer under PATH and CONTROL."""
        app.router.add_post(PATH, self.handle)
        app.router.add_get(CONTROL, self._show)
        app.router.add_post(CONTROL, self._put)

    def close(self) -> None:
        """Give the log back."""
        os.close(self._log)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One chat completion."""
        raw, told = await request.read(), self.behaviour
        keyed = request.headers.get("Authorization", "") == f"Bearer {self._key}"
        self._note(raw, request, keyed)
        self.arrived.set()
        if (self._key and not keyed) or told.manner == "unauthorized":
            return _refused(401, "invalid_api_key")
        asked = _object(raw)
        if not isinstance(asked.get("messages"), list) or not asked.get("model"):
            return _refused(400, "invalid_request_error")
        return await self._answer(request, asked)

    async def _answer(self, request: web.Request, asked: dict[str, Any]) -> web.StreamResponse:
        told = self.behaviour
        match told.manner:
            case "status_400" | "status_413" | "status_422" as manner:
                return _refused(int(manner.removeprefix("status_")), "invalid_request_error")
            case "status_500":
                return _refused(500, "server_error")
            case "too_many":
                return _refused(429, "rate_limit_exceeded", f"{told.retry_after_s:g}")
            case "redirect":
                return web.Response(status=307, headers={"Location": "/elsewhere"})
            case "silent":
                await asyncio.sleep(told.wait_s)
                return _refused(504, "timeout")
            case "no_json":
                return web.Response(text="<html>service page</html>", content_type="text/html")
            case "no_completion":
                return web.json_response({"object": "list", "data": []})
            case "oversized":
                return web.json_response(self._completion(asked, "x" * 1_000_000))
        body = json.dumps(self._completion(asked, self._words(asked)), ensure_ascii=False).encode()
        if told.manner == "slow":
            return await _drip(request, body, told.wait_s)
        return web.Response(body=body, content_type="application/json", charset="utf-8")

    def _words(self, asked: dict[str, Any]) -> str:
        told = self.behaviour
        complaint = str(asked["messages"][-1].get("content", ""))
        found = [name for word, name in told.words.items() if word in complaint]
        answer: dict[str, Any] = {
            "class": found[0] if found else told.answers,
            "confidence": told.confidence,
        }
        match told.manner:
            case "wrong_class":
                answer["class"] = "urgent"
            case "not_sure":
                answer["confidence"] = 0.3
            case "hostile":
                answer |= {"level": "L2", "safety": False, "threat": "none", "route": "bot"}
            case "chatty":
                return f"Sure! Here it is:\n```json\n{json.dumps(answer)}\n```"
        return json.dumps(answer)

    def _completion(self, asked: dict[str, Any], content: str) -> dict[str, Any]:
        return {
            "id": "chatcmpl-stand-in",
            "object": "chat.completion",
            "created": int(self._now().timestamp()),
            "model": asked["model"],
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": content},
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
        }

    def _note(self, raw: bytes, request: web.Request, keyed: bool) -> None:
        """Everything that came, so that a test can look for what must not come."""
        line = {
            "at": self._now().isoformat(),
            "headers": {k.lower(): v for k, v in request.headers.items() if k != "Authorization"},
            "keyed": keyed,
            "manner": self.behaviour.manner,
            "body": raw.decode("utf-8", errors="replace"),
        }
        os.write(self._log, json.dumps(line, ensure_ascii=False).encode() + b"\n")

    async def _show(self, _request: web.Request) -> web.Response:
        return web.json_response(self.behaviour.model_dump(mode="json"))

    async def _put(self, request: web.Request) -> web.Response:
        try:
            self.behaviour = Behaviour.model_validate_json(await request.read())
        except ValidationError as error:
            return web.json_response({"errors": error.errors(include_context=False)}, status=422)
        return await self._show(request)


def read_log(log: Path) -> list[dict[str, Any]]:
    """What it received, in order; none if it never ran."""
    if not log.exists():
        return []
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def _refused(status: int, code: str, retry_after_s: str | None = None) -> web.Response:
    headers = {} if retry_after_s is None else {"Retry-After": retry_after_s}
    error = {"message": code, "type": code, "code": code}
    return web.json_response({"error": error}, status=status, headers=headers)


async def _drip(request: web.Request, body: bytes, over_s: float) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_type = "application/json"
    response.content_length = len(body)
    await response.prepare(request)
    for place in range(len(body)):
        await response.write(body[place : place + 1])
        await asyncio.sleep(over_s / len(body))
    return response


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
