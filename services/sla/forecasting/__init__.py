"""The forecast of a running system as a program: what is around `services.sla.domain.forecast`."""
