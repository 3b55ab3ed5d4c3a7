"""The `aftercare` command: the root that each group of commands is hung onto."""

from __future__ import annotations

import typer

from cli import bench, deploy, docs, evidence, stack
from cli.demo import command as demo
from cli.trace import command as trace
from cli.verify import command as verify

app = typer.Typer(
    name="aftercare",
    help="After-sales disputes, sorted, timed, answered and proved.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
stack.register(app)
demo.register(app)
deploy.register(app)
bench.register(app)
app.command()(verify.verify)
app.command()(trace.trace)
app.add_typer(docs.app, name="docs")
app.add_typer(evidence.app, name="evidence")

if __name__ == "__main__":
    app()
