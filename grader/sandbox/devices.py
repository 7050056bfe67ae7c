"""The GPUs of this machine: which there are, asked once, and which of them the next place gets.

A process of its own asks torch: one that has asked CUDA anything has the driver open, and its forks can compute
nothing. So neither the grader nor the warm process does. This is the only place that knows; tests put others in.
"""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from grader.core.errors import UsageError

ASK_SECONDS = 120  # a GPU that others use may be slow to begin with
# What CUDA itself keeps on the GPU for each process, beside torch's tensors: no share bounds it. Not measured by us.
CONTEXT = 1 << 30
# And in the machine's memory, where libraries and what is copied lie: more than it is known to take. Likewise.
ON_THE_HOST = 4 << 30
SHARED_NODES = ("nvidiactl", "nvidia-uvm")  # of all GPUs; the others are for debuggers and screens


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU: what CUDA_VISIBLE_DEVICES calls it, its name, and its memory in bytes.

    `nodes` are the files in /dev without which it cannot be used; none where it is not known which of them is its own.
    """

    id: str
    name: str
    memory: int
    nodes: tuple[str, ...] = ()

    def share(self, memory: int) -> float:
        """The part of its memory that so many bytes are, 1 at most."""
        return min(memory / self.memory, 1.0)

    def holds(self, memory: int) -> int:
        """How many processes that may take so many bytes each can compute on it at a time; one may always."""
        return max(self.memory // (memory + CONTEXT), 1)


@functools.cache
def gpus() -> tuple[Gpu, ...]:
    """Those that torch can use here, of those that CUDA_VISIBLE_DEVICES leaves. Raises `UsageError` with why not."""
    try:
        asked = subprocess.run(
            [sys.executable, "-P", "-B", "-W", "ignore", "-m", "grader.sandbox.devices"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=ASK_SECONDS,
        )
        found = json.loads(asked.stdout)
    except subprocess.TimeoutExpired:
        raise UsageError(f"--device: torch did not tell within {ASK_SECONDS} s which GPUs there are") from None
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise UsageError(f"--device: torch could not tell which GPUs there are: {said[-1]}") from None
    if "why" in found:
        raise UsageError(f"--device cuda: torch finds no GPU here ({found['why']}); use --device cpu or auto")
    return tuple(Gpu(**{**each, "nodes": tuple(each["nodes"])}) for each in found["gpus"])


class Lender:
    """Lends places the GPU that has the fewest for its memory. Safe to use from several threads."""

    def __init__(self, available: Sequence[Gpu]) -> None:
        self._available = available
        self._lent: Counter[str] = Counter()
        self._lending = threading.Lock()

    def __len__(self) -> int:
        return len(self._available)

    @property
    def names(self) -> str:
        """What they are called, each kind once."""
        return ", ".join(dict.fromkeys(gpu.name for gpu in self._available))

    def lend(self) -> Gpu:
        """One of them, until it is given back."""
        with self._lending:
            gpu = min(self._available, key=lambda each: (self._lent[each.id] + 1) / each.memory)
            self._lent[gpu.id] += 1
            return gpu

    def give_back(self, gpu: Gpu) -> None:
        """A place on it is gone."""
        with self._lending:
            self._lent[gpu.id] -= 1

    def holds(self, memory: int) -> int:
        """How many processes that may take so many bytes each can compute at a time."""
        return sum(each.holds(memory) for each in self._available)


# --- the process that asks ---


def _tell() -> None:
    """What torch says, as JSON: the GPUs, or why there are none."""
    import torch

    try:
        torch.cuda.init()
        found = [torch.cuda.get_device_properties(number) for number in range(torch.cuda.device_count())]
    except (AssertionError, RuntimeError) as error:  # a torch without CUDA; no driver, or none that works
        print(json.dumps({"why": str(error).strip().partition("\n")[0]}))
        return
    nodes = _nodes(Path("/proc/driver/nvidia/gpus"), Path("/dev"))
    made = []
    for each in found:
        id = f"GPU-{each.uuid}"
        made.append(asdict(Gpu(id, each.name, each.total_memory, tuple(nodes.get(id, ())))))
    print(json.dumps({"gpus": made}))


def _nodes(driver: Path, folder: Path) -> dict[str, list[str]]:
    """By id, the files that are needed for each GPU of which the driver tells its own."""
    found, shared = {}, [str(folder / name) for name in SHARED_NODES if (folder / name).exists()]
    for file in sorted(driver.glob("*/information")):
        said = file.read_text()
        id, minor = (re.search(rf"^{name}:\s*(\S+)", said, re.MULTILINE) for name in ("GPU UUID", "Device Minor"))
        if id and minor and (node := folder / f"nvidia{int(minor[1])}").exists():
            found[id[1]] = [str(node), *shared]
    return found


if __name__ == "__main__":
    # The order of numbers is not that of the ids; and what the driver writes on standard output is not our answer.
    answer = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = os.fdopen(answer, "w")
    _tell()
