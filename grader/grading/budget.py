"""What one submission may take, over all its checks."""

from __future__ import annotations

import math

from grader.core.observation import Observation
from grader.core.own_time import BACKSTOP


class Budget:
    """`seconds` of the submission's own time, and five times as much on the wall."""

    def __init__(self, seconds: float = math.inf) -> None:
        self._seconds = seconds
        self.left = seconds
        self._wall = BACKSTOP * seconds

    def take(self, observation: Observation) -> None:
        """Count one check."""
        self.left -= observation.seconds
        self._wall -= observation.passed

    @property
    def is_spent(self) -> bool:
        """Whether nothing more is to be run."""
        return self.left <= 0 or self._wall <= 0

    def __str__(self) -> str:
        return f"the {self._seconds:g} s that one submission may take"
