"""Gunicorn's settings; `manage.py serve` adds address and size."""

import gc
import os
import signal
import threading

worker_class = "gthread"
# Loaded once and shared by the workers, which halves the memory of an idle installation.
preload_app = True
keepalive = 30
timeout = 60
graceful_timeout = 10
# Also where the home directory is a network drive, heartbeats of workers stay in memory.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
# Nothing of ours uses it, and its default place is shared by all servers of a user.
control_socket_disable = True
accesslog = None
errorlog = "-"
loglevel = "warning"
proc_name = "openmoss"


def when_ready(server) -> None:
    """Greet the operator, and end when `manage.py serve` is gone."""
    from django.db import connections

    from openmoss.greeting import greeting

    print(greeting(server.cfg.address[0][1]), flush=True)
    connections.close_all()  # the workers are forked next and must not share it
    gc.freeze()  # as the clock does, see its worker
    pipe = os.environ.get("OPENMOSS_PARENT_PIPE")
    if pipe:
        threading.Thread(target=_end_with_parent, args=(int(pipe),), daemon=True).start()


def _end_with_parent(pipe: int) -> None:
    os.read(pipe, 1)  # returns when the other end is closed, by whatever death
    os.kill(os.getpid(), signal.SIGTERM)


def worker_exit(server, worker) -> None:
    """Write what still waits in the request log."""
    from agents.request_log import buffer

    buffer.stop()
