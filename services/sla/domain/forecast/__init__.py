"""The forecast: which open clocks will be breached soon. Pure; begin with `learning`, `outlook`."""
