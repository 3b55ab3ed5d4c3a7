"""Open-loop load through intake's HTTP interface, made by a process of its own.

`process.Load` starts that process and tells it what to send (`plan.Plan`); `__main__` is the
process: `complaints` makes what is sent, `arrivals` says when, `sender`, `caller` and `wire` send
it. Where a plan asks for it, `script` says what follows a complaint, `follow_ups` sends that.
Used by the benchmarks that measure the whole chain, and by chaos.
"""
