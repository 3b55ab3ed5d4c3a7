"""The `aftercare` command: one file per group of commands."""
