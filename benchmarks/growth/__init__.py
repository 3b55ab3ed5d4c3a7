"""What a ticket costs with little and with much history in every table that grows.

`history` fills a database before a stack starts on it, `side` sends it tickets and reads what they
cost, `run` does that in turns with two stacks, `findings` compares.
"""

from benchmarks.growth.run import run

__all__ = ["run"]
