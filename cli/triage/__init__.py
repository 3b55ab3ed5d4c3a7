"""`aftercare triage`: messages read without anything running, and tools for whoever changes words.

`command` is the command line, `programs` starts the service's own programs, `recorded` fetches
tickets from a running system, `show_…` prints.
"""
