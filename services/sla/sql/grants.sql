-- What was told stays told, also for the service itself.
REVOKE UPDATE, DELETE, TRUNCATE ON clock_event FROM aftercare_sla;
