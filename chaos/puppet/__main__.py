"""Starts a service as a puppet: `python -m chaos.puppet CONTROLS [DEFECT] services.X`. CONTROLS is
the folder where it listens, DEFECT one of `chaos.defective`.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from chaos.defective import DEFECTS
from chaos.puppet.acts import acts_of
from chaos.puppet.listening import listen, place_of


def main(words: Sequence[str]) -> None:
    """Put everything in and run the service as it would run itself."""
    controls, *defects, module = words
    service = module.rpartition(".")[2]
    for defect in defects:
        DEFECTS[defect]()
    listen(place_of(Path(controls), service, os.getpid()), acts_of(service))
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
