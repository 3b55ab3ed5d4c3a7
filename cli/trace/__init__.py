"""`aftercare trace TICKET`: the life of a ticket, hop by hop.

`find` turns what the user typed into a ticket, `read` fetches its records, `life` puts them in
order (pure), `show` prints them; `command` is the command line.
"""
