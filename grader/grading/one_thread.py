"""The trusted process computes with one thread.

torch would judge with a team of threads, whose members spin after each operation while they wait for the next: more CPU
than judging itself takes, on cores that students' checks are running on. The tensors are small; one thread is as fast.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Within, or in a function that this decorates, torch computes with one thread; afterwards with as many as before.

    Not for good, nor by OMP_NUM_THREADS: a student's notebook that calls `run`, and a run of pytest with tests of its
    own, go on computing in this process. torch keeps the number for each thread that computes, so threads that grade
    side by side do not change each other's.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
