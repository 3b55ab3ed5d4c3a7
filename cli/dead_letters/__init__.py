"""`aftercare dlq`: dead letters listed by cause, shown, asked back, dropped.

`wanted` says which letters are meant (pure), `book` reads and marks them in the services' schemas,
`show` prints them; `command` is the command line. Bringing back is the services' own work.
"""
