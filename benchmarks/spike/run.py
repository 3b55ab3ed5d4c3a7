"""The course of `aftercare bench spike`: a burst, urgent ones beside it, verified at the end."""

from __future__ import annotations

import shutil
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import yaml

from benchmarks.figures import Report
from benchmarks.load.plan import Plan, Stream
from benchmarks.load.process import Load, place_of
from benchmarks.pipeline.calm import Calm
from benchmarks.pipeline.measured import Bench, Measured
from benchmarks.pipeline.milestones import Life
from benchmarks.setting import Setting, durable
from benchmarks.spike.calls import calls
from benchmarks.spike.findings import Urgent, told
from cli.demo.calm import freeze
from cli.demo.options import ORIGIN_AT
from cli.demo.proof import checked, target_of
from devstack.settings import ROOT
from devstack.supervisor import Stack
from simulator.journal import FILE

ROUTINE = 50_000
WORDINGS = 2_000
BATCH = 500
CONNECTIONS = 4
URGENT_PER_S = 0.7
URGENT_S = 60.0
"""Urgent ones arrive for so long; the figures count those that came while the burst lasted."""
PATIENCE_S = 150.0
FAST_ROBOT = "regular_robot"
"""Channel of the policy that may speak once a second. The urgent group's usual one may speak every
four seconds: in that time what comes is gathered, and the wait would be its, not ours."""


async def run(setting: Setting) -> Report:
    """Measure. Raises StackError when the stack does not start or come to rest."""
    policies = {"*": {"AFTERCARE_POLICY_DIR": str(_policies(setting.run_dir))}}
    options = replace(durable(extra_env=policies), time_origin_at=ORIGIN_AT)
    folder = setting.run_dir / "stack"
    stack = Stack(folder, options, lambda part, doing: setting.tell(f"{part}: {doing}"))
    async with stack:
        measured = await _measured(setting, stack)
        target, frozen_s = target_of(stack, folder / FILE, 1.0), time.time()
        await freeze(stack, target, setting.tell)
        called = await calls(stack.kafka_bootstrap, stack.standins_path)
        checks = await checked(target, frozen_s, setting.tell)
    report = told(measured, Urgent.of(measured, called), URGENT_PER_S)
    broken = [check for check in checks if check.outcome == "broken"]
    report.verified = not broken
    report.notes += [f"{each.code} broken: {', '.join(each.offenders)}" for each in broken]
    return report


def _policies(folder: Path) -> Path:
    """The policies that ship, but the urgent group has a robot that may speak once a second."""
    made = folder / "policies"
    shutil.copytree(ROOT / "policies" / "default", made)
    path = made / "notifier.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["groups"]["urgent"]["channels"] = [FAST_ROBOT]
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return made


async def _measured(setting: Setting, stack: Stack) -> Measured:
    async with AsyncExitStack() as held:
        load = await held.enter_async_context(Load.started(setting.run_dir))
        calm = await Calm.open(stack)
        held.push_async_callback(calm.close)
        life = await Life.open(stack.kafka_bootstrap, stack.standins_path)
        held.push_async_callback(life.close)
        plan = Plan(
            place=place_of(stack, stack.run_dir / FILE),
            streams=(_burst(setting), _urgent(setting)),
            seed=1,
            give_up_s=PATIENCE_S,
        )
        return await Bench(stack, load, calm, life, setting.tell).measure(plan, "burst")


def _burst(setting: Setting) -> Stream:
    """All at once, as when a stream ends: the same few things are wrong for many."""
    count = setting.of(ROUTINE, least=200)
    return Stream(
        name="routine",
        count=count,
        mix="routine",
        batch=min(BATCH, count),
        connections=CONNECTIONS,
        names_orders=False,
        distinct=setting.of(WORDINGS, least=50),
    )


def _urgent(setting: Setting) -> Stream:
    """One now and then, from a sender of its own."""
    lasts_s = URGENT_S * min(1.0, setting.size * 4)
    return Stream(
        name="urgent",
        count=max(5, round(URGENT_PER_S * lasts_s)),
        per_s=URGENT_PER_S,
        mix="urgent",
        way="single",
        connections=8,
        even=True,
    )
