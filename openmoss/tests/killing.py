"""Kill a process between any two steps of what it does, to see that the next one goes on from there."""

import os
import signal
import traceback
from collections.abc import Callable

from django.db import connection, connections


def killed(run: Callable[[], object], *, before: int) -> bool:
    """Run something in a process of its own that is killed right before its n-th SQL statement.

    Says whether it came to that: False when it was done with fewer statements. What lies between two
    statements, as a call to another machine, is done when the later one is reached.
    """
    connections.close_all()  # a connection cannot be shared with a fork
    child = os.fork()
    if child == 0:
        _run_and_end(run, before)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "It failed by itself; its traceback stands above."
    return False


def _run_and_end(run: Callable[[], object], before: int) -> None:
    left = before

    def count(execute, sql, params, many, context):
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(count):
            run()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
