"""`aftercare dlq`: dead letters listed by cause, shown, asked back, dropped.

`wanted` says which letters are meant (pure), `book` reads and marks them in the services' schemas,
`work` asks back and drops, `show` prints; `command` is the command line. Bringing back is done by
the services themselves.
"""
