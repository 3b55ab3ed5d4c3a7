"""Stand-ins for the SMS and robot providers, on loopback, in the real wire formats.
Started by the supervisor and by tests: `python -m devstack.standins --port N --record FILE`."""
