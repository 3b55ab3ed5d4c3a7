"""How well messages are read: the shipped program over messages that people labelled, from outside.

The messages lie outside the project; `make eval-triage` says so where they are absent.
"""
