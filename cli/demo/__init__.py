"""`aftercare demo`: a livestream spike through the whole system, watched, drained and checked.

`command` is the command line, `run` the course of events (also for tests and benchmarks), `tally`
and `gauges` count by Kafka's own records and offsets, `board` and `table` show it.
"""
