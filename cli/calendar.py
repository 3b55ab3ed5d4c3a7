"""`aftercare calendar`: working time between two instants, and when some will have passed.

The counting itself is the service's own program, started as a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from cli.stack import AsJson
from devstack.settings import ROOT, inherited_environment

PROGRAM = "services.sla.calendars"
STANDARD = "-"
NOT_DONE = 2

app = typer.Typer(no_args_is_help=True, help="Calendars: working time, exact to the second.")

Calendar = Annotated[
    str | None, typer.Option("--calendar", help="By which calendar, e.g. cn-office.")
]
From = Annotated[
    str | None, typer.Option("--from", help="From when: 2026-02-13T18:00:00+08:00. Included.")
]
Given = Annotated[
    str | None, typer.Option("--input", help="Questions, one JSON object a line; - is stdin.")
]
Answers = Annotated[str | None, typer.Option("--output", help="Answers; - is standard output.")]
Policy = Annotated[
    Path | None, typer.Option(help="Folder of policy files; default: the one shipped.")
]


@app.callback(invoke_without_command=True)
def calendar(
    ctx: typer.Context, given: Given = None, answers: Answers = None, policy: Policy = None
) -> None:
    """Calendars: working time, exact to the second. Files hold questions of either kind, so
    --input and --output need no command; each command takes them as well."""
    if ctx.invoked_subcommand is None:
        _answer({}, given, answers, policy, None)
    elif (given, answers, policy) != (None, None, None):
        _refused("these options stand behind the command", f"{ctx.invoked_subcommand} --help")


@app.command()
def due(
    name: Calendar = None,
    start: From = None,
    seconds: Annotated[int | None, typer.Option(help="Working seconds, 0 or more.")] = None,
    given: Given = None,
    answers: Answers = None,
    policy: Policy = None,
    as_json: AsJson = False,
) -> None:
    """The earliest instant at which so many working seconds have passed.

    Exit 1 if the question, or a line of --input, has no answer; 2 if not done.
    """
    asked = {"calendar": name, "from": start, "seconds": seconds}
    _answer(asked, given, answers, policy, "due_at" if not as_json else None)


@app.command()
def between(
    name: Calendar = None,
    start: From = None,
    end: Annotated[
        str | None, typer.Option("--to", help="Until when; itself not included.")
    ] = None,
    given: Given = None,
    answers: Answers = None,
    policy: Policy = None,
    as_json: AsJson = False,
) -> None:
    """Working seconds from one instant to another; negative when the second is earlier.

    Exit 1 if the question, or a line of --input, has no answer; 2 if not done.
    """
    asked = {"calendar": name, "from": start, "to": end}
    _answer(asked, given, answers, policy, "seconds" if not as_json else None)


def _answer(
    asked: dict[str, Any],
    given: str | None,
    answers: str | None,
    policy: Path | None,
    shown: str | None,
) -> NoReturn:
    """Of a file, or of the one question that the options ask."""
    if (given is None) != (answers is None):
        _refused("--input and --output go together", "- is standard input or output.")
    if given is not None and answers is not None:
        if any(value is not None for value in asked.values()):
            _refused("--input holds the questions", "Leave out the other options.")
        words = ["--input", _absolute(given), "--output", _absolute(answers)]
        raise typer.Exit(_ended(_run(words, policy).returncode))
    missing = [f"--{name}" for name, value in asked.items() if value is None]
    if missing or not asked:
        told = ", ".join(missing) or "a question"
        _refused(f"{told} is missing", "Or --input FILE --output FILE.")
    question = json.dumps({"id": "asked", **asked}).encode()
    done = _run(["--input", STANDARD, "--output", STANDARD], policy, question)
    if not done.stdout:
        typer.echo(done.stderr.decode(), err=True, nl=False)
        raise typer.Exit(_ended(done.returncode))
    _show(json.loads(done.stdout), shown)


def _show(answer: dict[str, Any], shown: str | None) -> NoReturn:
    del answer["id"]
    if "error" in answer and shown is not None:
        typer.echo(answer["error"], err=True)
    elif shown is not None:
        typer.echo(answer[shown])
        if "provisional" in answer:
            typer.echo("provisional: rests on holidays that are not announced yet", err=True)
    else:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    raise typer.Exit(1 if "error" in answer else 0)


def _run(
    words: list[str], policy: Path | None, question: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", PROGRAM, *words, *_policy(policy)],
        cwd=ROOT,
        env=inherited_environment(),
        input=question,
        capture_output=question is not None,
        check=False,
    )


def _policy(policy: Path | None) -> list[str]:
    return ["--policy", str(policy.resolve())] if policy else []


def _ended(code: int) -> int:
    if code >= 0:
        return code
    typer.echo(f"not done: ended by signal {-code}", err=True)
    typer.echo("  → no output was written; start it again.", err=True)
    return NOT_DONE


def _refused(what: str, advice: str) -> NoReturn:
    typer.echo(f"{what}\n  → {advice}", err=True)
    raise typer.Exit(NOT_DONE)


def _absolute(name: str) -> str:
    """The program runs in another folder than the caller."""
    return name if name == STANDARD else str(Path(name).resolve())
