"""Puts the stand-ins together: one web application with all providers and a control endpoint.
Called by __main__ and by tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from pydantic import ValidationError

from devstack.standins.accounts import Accounts
from devstack.standins.aliyun import AliyunStandIn
from devstack.standins.completions import CompletionsStandIn
from devstack.standins.counter import Clock, Counter
from devstack.standins.faults import FaultPlan, Faults
from devstack.standins.limits import RobotQuota, SmsQuota
from devstack.standins.records import RecordFile
from devstack.standins.reports import Reports
from devstack.standins.robots import RobotStandIn

BODY_MAX_BYTES = 256 * 1024
DINGTALK_BLOCKED_S = 600.0
# As the providers document them.
SMS = SmsQuota()
WECOM = RobotQuota(per_minute=20)
DINGTALK = RobotQuota(per_minute=20, blocked_s=DINGTALK_BLOCKED_S)
FEISHU = RobotQuota(per_minute=100, per_second=5)


@dataclass(frozen=True, slots=True)
class Options:
    """How the stand-ins behave. Times are real seconds; a limit of 0 means none."""

    record: Path
    callback_url: str = ""
    report_delay_s: float = 0.2
    sms: SmsQuota = SMS
    wecom: RobotQuota = WECOM
    dingtalk: RobotQuota = DINGTALK
    feishu: RobotQuota = FEISHU
    faults: FaultPlan = field(default_factory=FaultPlan)


def build(options: Options, accounts: Accounts, now: Clock) -> web.Application:
    """The application. Starting it takes up the record of a former process."""
    counter = Counter(now=now, faults=Faults(options.faults), record=RecordFile(options.record))
    reports = Reports(options.callback_url, now)
    aliyun = AliyunStandIn(
        counter,
        accounts,
        quota=options.sms,
        reports=reports,
        report_delay_s=options.report_delay_s,
    )
    aliyun.restore(options.record)
    wecom = RobotStandIn("wecom", counter, accounts, options.wecom)
    dingtalk = RobotStandIn("dingtalk", counter, accounts, options.dingtalk)
    feishu = RobotStandIn("feishu", counter, accounts, options.feishu)
    completions = CompletionsStandIn(options.record.with_suffix(".completions.jsonl"), now)

    async def lifetime(_app: web.Application) -> AsyncIterator[None]:
        await reports.start()
        pushing = asyncio.create_task(reports.run())
        yield
        pushing.cancel()
        with suppress(asyncio.CancelledError):
            await pushing
        await reports.close()
        counter.record.close()
        completions.close()

    app = web.Application(client_max_size=BODY_MAX_BYTES)
    app.cleanup_ctx.append(lifetime)
    app.router.add_post("/", aliyun.handle)
    app.router.add_post("/wecom/cgi-bin/webhook/send", wecom.handle)
    app.router.add_post("/dingtalk/robot/send", dingtalk.handle)
    app.router.add_post("/feishu/open-apis/bot/v2/hook/{token}", feishu.handle)
    completions.mount(app)
    _add_control(app, counter.faults, reports)
    return app


def _add_control(app: web.Application, faults: Faults, reports: Reports) -> None:
    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def show_faults(_request: web.Request) -> web.Response:
        plan = faults.plan.model_dump(mode="json")
        return web.json_response({"plan": plan, "hits": dict(faults.hits)})

    async def put_faults(request: web.Request) -> web.Response:
        try:
            faults.replace(FaultPlan.model_validate_json(await request.read()))
        except ValidationError as error:
            return web.json_response({"errors": error.errors(include_context=False)}, status=422)
        return await show_faults(request)

    async def show_reports(_request: web.Request) -> web.Response:
        counts = {"pushed": reports.pushed, "dropped": reports.dropped, "due": reports.due}
        return web.json_response(counts)

    app.router.add_get("/control/health", health)
    app.router.add_get("/control/faults", show_faults)
    app.router.add_post("/control/faults", put_faults)
    app.router.add_get("/control/reports", show_reports)
