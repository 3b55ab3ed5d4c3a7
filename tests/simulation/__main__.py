"""`python -m tests.simulation --seed 17` lives one seed again and shows its whole history;
`--seeds 10000` lives many."""

from __future__ import annotations

import sys

import typer

from tests.simulation.campaign import campaign


def main(
    seed: int = typer.Option(-1, help="Live this seed and show what happened."),
    seeds: int = typer.Option(300, help="Live so many."),
    first: int = typer.Option(0, help="The first of them."),
    workers: int = typer.Option(2, help="Processes that share the work."),
    defect: str = typer.Option("", help="Without this safeguard."),
) -> None:
    """Live seeds of the simulation; 1 when one of them breaks a promise."""
    is_one = seed >= 0
    chosen = [seed] if is_one else list(range(first, first + seeds))
    lived = steps = broken = 0
    with campaign(1 if is_one else workers) as made:
        for outcome in made.live(chosen, defect=defect, traced=is_one):
            lived, steps = lived + 1, steps + outcome.steps
            broken += bool(outcome.violations)
            if is_one:
                typer.echo("\n".join([*outcome.trace, f"faults: {outcome.struck}"]))
            for violation in outcome.violations:
                typer.echo(f"seed {outcome.seed}: {violation}")
            if lived % 500 == 0:
                typer.echo(f"{lived} seeds lived")
    typer.echo(f"{lived} seeds, {steps} steps, {broken} broke a promise")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    typer.run(main)
