"""The whole system on one machine without containers: broker, database, services, stand-ins."""
