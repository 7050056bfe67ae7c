"""How `regenerate` shakes a probe: settings that must not change a correct solution's values. Applied in the child."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from grader.worker.other_rounding import OtherRounding

# Random draws that take another path on CPUs of another maker, as those of dropout do, which is overridden.
MACHINE_DEPENDENT = ("exponential", "multinomial", "geometric", "cauchy", "log_normal", "bernoulli")
OVERRIDDEN = ("aten.bernoulli_.float", "aten.native_dropout.default")


def run(probe: Callable[[], object], settings: Mapping[str, Any]) -> object:
    """What the probe returns under `settings`; with `list_random`, which machine-dependent operations it used."""
    if "threads" in settings:
        torch.set_num_threads(settings["threads"])
    if "onednn" in settings:
        torch.backends.mkldnn.set_flags(settings["onednn"])
    if "rounding" in settings:
        with OtherRounding(settings["rounding"]):
            return probe()
    if not settings.get("list_random"):
        return probe()
    with _Recorder() as recorder:
        probe()
    return {"random_operations": sorted(recorder.seen)}


class _Recorder(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = str(func)
        if name not in OVERRIDDEN and any(name.startswith(f"aten.{risky}") for risky in MACHINE_DEPENDENT):
            self.seen.add(name)
        return func(*args, **(kwargs or {}))
