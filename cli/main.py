"""The `aftercare` command: the root that each group of commands is hung onto."""

from __future__ import annotations

import typer

from cli import bench, calendar, chaos, deploy, docs, evidence, recovery, stack
from cli.dead_letters import command as dead_letters
from cli.demo import command as demo
from cli.ending import Root
from cli.sla import command as sla
from cli.stack import told
from cli.trace import command as trace
from cli.triage import command as triage
from cli.verify import command as verify
from devstack.settings import StackSettings

app = typer.Typer(
    name="aftercare",
    cls=Root,
    help="After-sales disputes, sorted, timed, answered and proved.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def checked() -> None:
    """After-sales disputes, sorted, timed, answered and proved."""
    with told():
        StackSettings()  # a variable that can't be read is told before anything begins


stack.register(app)
demo.register(app)
deploy.register(app)
bench.register(app)
chaos.register(app)
recovery.register(app)
app.command()(verify.verify)
app.command()(trace.trace)
app.add_typer(dead_letters.app, name="dlq")
app.add_typer(calendar.app, name="calendar")
app.add_typer(docs.app, name="docs")
app.add_typer(evidence.app, name="evidence")
app.add_typer(sla.app, name="sla")
app.add_typer(triage.app, name="triage")

if __name__ == "__main__":
    app()
