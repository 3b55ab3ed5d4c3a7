"""The faults, one file for each kind of thing that breaks. Listed in `chaos.catalog`."""
