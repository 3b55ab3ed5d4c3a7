"""What the clocks decide, without any I/O. Read in this order: ledger, policy, timeline,
running_time, plan, news, rules. `app.py` subscribes the rules.
"""
