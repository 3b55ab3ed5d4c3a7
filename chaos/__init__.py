"""Breaks the running system on purpose and has it judged: `aftercare chaos`, `tests/chaos`.

`schedule` decides from a seed what is broken when, `faults/` break and heal, `run` is the course of
one run, `verdict` what came of it. The services know nothing of any of it.
"""
