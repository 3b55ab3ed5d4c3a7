"""`aftercare verify`: reads what Kafka, the databases and the providers hold, and judges it.

`target` says where to read, `collect` reads, one file per family of invariants judges (pure
functions over `Facts`), `run` puts them together; `command` is the command line.
"""
