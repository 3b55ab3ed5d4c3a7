"""Faults inside a service's process. Every service of a chaos run is started through this package:
`python -m chaos.puppet CONTROLS [DEFECT] services.X`; `strings` pulls it from outside.

`hooks` puts things over functions of runtime and services before the service begins, `listening`
takes orders on a socket, `acts` says which there are, the other modules do one each. What is
hooked and nobody pulls does nothing. The services know nothing of it.
"""
