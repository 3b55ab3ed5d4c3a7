"""`python -m devstack.standins`: the stand-ins as a process on 127.0.0.1. Started by the
supervisor; prints one line when it answers, stops on SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
from collections.abc import Sequence
from pathlib import Path

import uvloop
from aiohttp import web

from devstack.standins.accounts import load_or_create
from devstack.standins.app import DINGTALK_BLOCKED_S, Options, build
from devstack.standins.faults import FaultPlan
from devstack.standins.limits import RobotQuota, SmsQuota
from runtime.clock import wall_now

HOST = "127.0.0.1"


def main(argv: Sequence[str] | None = None) -> None:
    """Run until told to stop."""
    args = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(args))


async def _serve(args: argparse.Namespace) -> None:
    accounts = load_or_create(args.accounts or args.record.with_suffix(".accounts.json"))
    # A client that gives up ends its handler: else a held answer would outlive it.
    runner = web.AppRunner(
        build(options_of(args), accounts, wall_now),
        access_log=None,  # addresses hold phone numbers and keys
        handler_cancellation=True,
        shutdown_timeout=1.0,
    )
    await runner.setup()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        await web.TCPSite(runner, HOST, args.port).start()
        logging.getLogger("standins").info("stand-ins answer on %s:%d", HOST, args.port)
        await stopped.wait()
    finally:
        await runner.cleanup()


def options_of(args: argparse.Namespace) -> Options:
    """The options that the flags stand for. Raises OSError or ValidationError."""
    plan = FaultPlan.model_validate_json(args.faults.read_bytes()) if args.faults else FaultPlan()
    return Options(
        record=args.record,
        callback_url=args.callback_url,
        report_delay_s=args.report_delay_s,
        sms=SmsQuota(
            code_per_minute=args.code_per_minute,
            code_per_hour=args.code_per_hour,
            code_per_day=args.code_per_day,
            notice_per_day=args.notice_per_day,
        ),
        wecom=RobotQuota(per_minute=args.wecom_per_minute),
        dingtalk=RobotQuota(per_minute=args.dingtalk_per_minute, blocked_s=args.dingtalk_blocked_s),
        feishu=RobotQuota(per_minute=args.feishu_per_minute, per_second=args.feishu_per_second),
        faults=plan,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="devstack.standins", description=__doc__)
    add = parser.add_argument
    add("--port", type=int, required=True, help="loopback port")
    add("--record", type=Path, required=True, help="JSON lines of what was sent")
    add("--accounts", type=Path, help="JSON; made if missing; default: beside the record")
    add("--faults", type=Path, help="JSON fault plan; default: none")
    add("--callback-url", default="", help="loopback address for delivery reports")
    add("--report-delay-s", type=float, default=0.2, help="from acceptance to report")
    # Limits count real time; 0 switches one off, for demos on scaled clocks.
    for name, default in (
        ("code-per-minute", 1),
        ("code-per-hour", 5),
        ("code-per-day", 10),
        ("notice-per-day", 50),
        ("wecom-per-minute", 20),
        ("dingtalk-per-minute", 20),
        ("feishu-per-minute", 100),
        ("feishu-per-second", 5),
    ):
        add(f"--{name}", type=int, default=default, help=f"default {default}; 0: no limit")
    add("--dingtalk-blocked-s", type=float, default=DINGTALK_BLOCKED_S)
    return parser


if __name__ == "__main__":
    main()
