"""Puts something over a function of the runtime or of a service, from outside. Called by the
puppet's acts and by the defects, before the service begins."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any


def put(place: str, around: Callable[[Any], Any]) -> None:
    """Replace what is at "module:name" or "module:Class.name" by `around` it.

    Raises ImportError or AttributeError when it has another name by now.
    """
    module, _, path = place.partition(":")
    owner: Any = import_module(module)
    *outer, name = path.split(".")
    for each in outer:
        owner = getattr(owner, each)
    setattr(owner, name, around(getattr(owner, name)))


def before(place: str, act: Callable[..., None]) -> None:
    """Call `act` with the arguments of a function each time before it works."""

    def around(work: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(work):

            @wraps(work)
            async def waiting(*given: Any, **named: Any) -> Any:
                act(*given, **named)
                return await work(*given, **named)

            return waiting

        @wraps(work)
        def working(*given: Any, **named: Any) -> Any:
            act(*given, **named)
            return work(*given, **named)

        return working

    put(place, around)


def after(place: str, act: Callable[[Any], None]) -> None:
    """Call `act` with the result of a function each time after it worked."""

    def around(work: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(work):

            @wraps(work)
            async def waiting(*given: Any, **named: Any) -> Any:
                result = await work(*given, **named)
                act(result)
                return result

            return waiting

        @wraps(work)
        def working(*given: Any, **named: Any) -> Any:
            result = work(*given, **named)
            act(result)
            return result

        return working

    put(place, around)
