"""Recomputes what is stored about clocks by a slow and obvious method of its own: nothing of the
rules, nothing of their calendars. Read in this order: terms, story, count, calendar, knowledge,
judge, reading. Started by `aftercare sla audit` and `aftercare sla pauses`.
"""
