"""The clocks of a told ticket under any calendar, as they stand at one moment. Read in this order:
ticket, running, dated, clocks. Called by `services.sla.planning`.
"""
