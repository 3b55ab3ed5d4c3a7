"""HTTP on loopback: runs ASGI apps, and the small app for health and metrics of every service."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from runtime.connection import Connection
from runtime.health import Health
from runtime.metrics import Metrics


class _Server(uvicorn.Server):
    """Leaves signals to the service."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpServer:
    """One listening port for one app. `port` is the real one after `start`."""

    def __init__(self, app: Any, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self.port = port
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Bind and begin to answer. Raises OSError when the port is taken."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self._host, self.port))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_keep_alive=30,
            timeout_graceful_shutdown=10,
            backlog=2048,
            limit_concurrency=4000,
            http=Connection,
            server_header=False,
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise OSError(f"the server on port {self.port} ended at once")
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Stop accepting, let requests in hand finish."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task


def operations_app(health: Health, metrics: Metrics) -> Starlette:
    """`/healthz` (the process answers), `/readyz` (it makes progress), `/metrics`."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        report = health.report()
        body = {"ready": report.ready, "complaints": report.complaints}
        return JSONResponse(body, status_code=200 if report.ready else 503)

    async def metrics_text(_: Request) -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4")

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics_text),
        ]
    )
