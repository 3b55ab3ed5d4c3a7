"""The contract: every event and value that crosses a process border. No I/O."""
