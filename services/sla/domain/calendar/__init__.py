"""Working time: when work is done, and how much of it lies between two instants. Read in this
order: spans, holidays, book, checks, days, instants, working_time, opening.
"""
