"""`aftercare sla`: clocks of tickets.

`command` is the command line; everything else here is one of its commands.
"""
