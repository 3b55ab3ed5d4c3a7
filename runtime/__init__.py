"""What every service runs on: pump, inbox, outbox, timers, telemetry. Knows no service."""
