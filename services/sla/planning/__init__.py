"""Clocks of told tickets as a program: what is around `services.sla.domain.plan_model`."""
