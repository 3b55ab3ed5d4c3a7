"""The commands `aftercare triage classify`, `lint`, `test`, `explain` and `replay`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from cli.dead_letters.wanted import moment
from cli.programs import NOT_DONE, absolute
from cli.stack import AsJson, RunDir
from cli.triage import recorded, show_explain, show_lint, show_replay
from cli.triage.programs import CLASSIFY, asked, run
from devstack.problems import StackError
from devstack.settings import StackSettings
from runtime.clock import wall_now

out, err = Console(), Console(stderr=True)
app = typer.Typer(no_args_is_help=True, help="Triage: how messages are read, and why.")

Policy = Annotated[
    Path | None, typer.Option(help="Folder of policy files; default: the one shipped.")
]
Model = Annotated[Path | None, typer.Option(help="Model file; default: the one shipped.")]
Show = Callable[[dict[str, Any], Console], None]


@app.callback()
def triage() -> None:
    """Triage: how messages are read, and why."""


@app.command()
def classify(
    given: Annotated[
        str, typer.Option("--input", help="Messages, one JSON object a line; - is standard input.")
    ],
    answers: Annotated[str, typer.Option("--output", help="Answers; - is standard output.")],
    policy: Policy = None,
) -> None:
    """Class, level, route and reasons of messages. Exit 1 if a line was none, 2 if not done."""
    words = ["--input", absolute(given), "--output", absolute(answers)]
    code = run(CLASSIFY, *words, *_files(policy, None))
    if code < 0:
        typer.echo(f"not classified: ended by signal {-code}", err=True)
        typer.echo("  → no output was written; start it again.", err=True)
        raise typer.Exit(NOT_DONE)
    raise typer.Exit(code)


@app.command()
def lint(policy: Policy = None, as_json: AsJson = False) -> None:
    """Look for faults in a policy's words, rules and numbers. Exit 1 if there are, 2 if not done.

    Hints are worth a look, and no fault.
    """
    _finish(*asked("lint", *_files(policy, None)), as_json, show_lint.lint)


@app.command("test")
def run_cases(
    policy: Policy = None,
    cases: Annotated[
        Path | None, typer.Option(help="Cases; default: triage.cases.jsonl beside the policy.")
    ] = None,
    model: Model = None,
    as_json: AsJson = False,
) -> None:
    """Read a shop's own cases and show what differs from what it expects.

    Exit 1 if anything does, or a line is no case; 2 if not done.
    """
    words = _files(policy, model) + (["--cases", absolute(cases)] if cases else [])
    _finish(*asked("cases", *words), as_json, show_lint.cases)


@app.command()
def explain(
    text: Annotated[str | None, typer.Option(help="What the customer wrote.")] = None,
    order: Annotated[
        str | None, typer.Option(help='What is known of it, as for classify: {"value_fen": 250000}')
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Where it was written.")] = None,
    at: Annotated[str | None, typer.Option(help="When, ISO 8601; default: now.")] = None,
    ticket: Annotated[
        str | None, typer.Option(help="A ticket of a running system, or of --input.")
    ] = None,
    given: Annotated[
        str | None, typer.Option("--input", help="Recorded tickets; - is standard input.")
    ] = None,
    policy: Policy = None,
    model: Model = None,
    run_dir: RunDir = None,
    as_json: AsJson = False,
) -> None:
    """Take one message or ticket through every layer: what was read, why, and what would differ.

    Exit 1 if there is no such ticket, 2 if not done. --ticket without --input needs a running
    system: what triage was given, personal data masked, is read by AFTERCARE_POLICY_DIR's policy.
    """
    words = _files(policy, model)
    _one_is_named(text, ticket, given)
    if text is not None:
        lines = [_message(text, order, channel, at)]
    elif order or channel or at:
        _refused("--order, --channel and --at belong to --text", "A ticket has its own.")
    elif given is not None:
        words += ["--input", absolute(given), *(["--ticket", ticket] if ticket else [])]
        _finish(*asked("explain", *words), as_json, show_explain.explain)
    else:
        with _reached(), err.status("reading what Kafka holds"):
            found, lines = recorded.ticket(_folder(run_dir), str(ticket))
        if not lines:
            _refused(f"Kafka holds ticket {found} no more", "--input FILE, if it was recorded.")
        words = _files(policy or _live(), model)
    _finish(*asked("explain", *words, lines=lines), as_json, show_explain.explain)


@app.command()
def replay(
    policy: Policy = None,
    model: Model = None,
    against: Annotated[
        Path | None, typer.Option(help="Policy that is live; default: AFTERCARE_POLICY_DIR.")
    ] = None,
    given: Annotated[
        str | None, typer.Option("--input", help="Recorded tickets; - is standard input.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", help="Tickets of a running system: 30m, 2h, 3d, or an ISO time."),
    ] = None,
    until: Annotated[str | None, typer.Option(help="Only those until then; likewise.")] = None,
    most: Annotated[int, typer.Option("--show", min=0, help="Changed tickets to show.")] = 20,
    run_dir: RunDir = None,
    as_json: AsJson = False,
) -> None:
    """Read recorded tickets again by another policy or model and show what would change.

    Classes, levels, routes, clocks and staff; nothing is changed or published. Exit 1 if some
    lines held no ticket, 2 if not done.
    """
    if policy is None and model is None:
        _refused("nothing to compare with", "--policy FOLDER or --model FILE names what is new.")
    if (given is None) == (since is None):
        _refused("say which tickets", "--input FILE, or --from TIME on a running system.")
    if until is not None and since is None:
        _refused("--until belongs to --from", "leave it out: --input is read as a whole.")
    live = (against or _live()).resolve()
    shown = [] if as_json else ["--most", str(most)]
    words = [*_files(policy or live, model), "--against", str(live), *shown]
    if given is not None:
        answer, code = asked("replay", *words, "--input", absolute(given))
    else:
        begin, end = _times(str(since), until)
        with _reached(), closing(recorded.tickets_since(_folder(run_dir), begin, end)) as lines:
            answer, code = asked("replay", *words, lines=lines)
    _finish(answer, code, as_json, lambda told, to: show_replay.replay(told, to, most))


def _one_is_named(text: str | None, ticket: str | None, given: str | None) -> None:
    if text is None and ticket is None and given is None:
        _refused("say what to explain", "--text TEXT, --ticket ID, or --input FILE.")
    for other, value in (("--ticket", ticket), ("--input", given)):
        if text is not None and value is not None:
            _refused(f"--text and {other} exclude each other", "leave one of them out.")


def _files(policy: Path | None, model: Path | None) -> list[str]:
    named = (("--policy", policy), ("--model", model))
    return [word for name, path in named if path for word in (name, absolute(path))]


def _message(text: str, order: str | None, channel: str | None, at: str | None) -> bytes:
    try:
        known = json.loads(order) if order else None
    except ValueError as error:
        _refused(f"--order is no JSON: {error}", "As in --order '{\"value_fen\": 250000}'.")
    message = {"id": "text", "text": text, "order": known, "channel": channel, "at": at}
    try:
        return json.dumps(message, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        _refused("what was typed is no UTF-8", "put it into a file: --input FILE.")


def _times(since: str, until: str | None) -> tuple[datetime, datetime | None]:
    now = wall_now()
    try:
        return moment(since, now), moment(until, now) if until else None
    except ValueError as error:
        _refused(str(error), "30m, 2h, 3d, or an ISO time with its zone.")


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except StackError as error:
        _refused(error.message, error.advice)


def _live() -> Path:
    return StackSettings().policy_dir


def _folder(run_dir: Path | None) -> Path:
    return (run_dir or StackSettings().run_dir).resolve()


def _refused(what: str, advice: str) -> NoReturn:
    err.print(f"[red]✗[/] {escape(what)}\n  → {escape(advice)}", highlight=False)
    raise typer.Exit(NOT_DONE)


def _finish(answer: dict[str, Any], code: int, as_json: bool, show: Show) -> NoReturn:
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    elif "error" in answer:
        err.print(f"[red]✗[/] not done: {escape(answer['error'])}", highlight=False)
        err.print("  → Mend it, or name another file or ticket; --help tells how.", highlight=False)
    else:
        show(answer, out)
    raise typer.Exit(code if code >= 0 else NOT_DONE)
