"""What came back from the sandbox: named plain values, or the fault that stopped the probe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from grader.verdict import Outcome

if TYPE_CHECKING:  # verbs that load no assignment never import torch
    from torch import Tensor

Value: TypeAlias = "Tensor | bool | int | float | str | list[Value] | None"
Values: TypeAlias = "Mapping[str, Value]"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a probe returned no values: the outcome it stands for, one message, one next step."""

    outcome: Outcome
    message: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """One run of one probe: `result` is what it returned or the fault; `seconds` is the grader's own clock."""

    result: Values | Fault
    seconds: float
    log: str = ""
