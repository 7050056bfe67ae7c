"""A device other than the CPU: it computes before student code runs, and where it does not, no student is to blame.

No GPU is needed: the one place that knows which there are tells of others (`fake_gpus`). `cpu:0` is the processor by
the name of a device, and `cuda` does not work, as there is no GPU with the id of any of these.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from fake_gpus import GIB, GPUS, sandbox_on
from tiny_course import Course, eventually, look, square

from grader.cli.options import Device, chosen_device
from grader.core.errors import UsageError
from grader.core.limits import Level, Limits
from grader.core.verdict import Outcome
from grader.grading.grade import grade, try_again
from grader.results.report import State
from grader.sandbox import devices, forked_sandbox
from grader.sandbox.devices import CONTEXT, Gpu, Lender
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.warm_process import driver_path
from grader.worker.gpu_share import take_share

pytestmark = [pytest.mark.process, pytest.mark.harmless]

# What torch says, shortened.
OUT_OF_MEMORY = "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 is full. Process 4242 has 3 GiB in use."
SHARED = "any('memory_fraction' in str(call) for call, _ in torch.cuda._queued_calls)"


@pytest.fixture(scope="module")
def broken() -> Iterator[Sandbox]:
    """A sandbox whose device does not work."""
    with sandbox_on("cuda") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def working() -> Iterator[Sandbox]:
    """A sandbox whose device works."""
    with sandbox_on("cpu:0") as sandbox:
        sandbox.wait()
        yield sandbox


def test_a_device_that_does_not_compute_is_refused_before_anything_is_graded(broken: Sandbox) -> None:
    """In a sentence, which says why."""
    with pytest.raises(UsageError) as error:
        broken.wait()
    said = str(error.value)
    assert said.startswith("--device cuda: nothing can be computed on it in a room here (")
    assert "NVIDIA" in said or "CUDA" in said
    assert said.endswith("); use --device cpu")
    assert "\n" not in said


def test_a_device_that_fails_while_grading_costs_no_student_anything(broken: Sandbox, tiny: Course) -> None:
    """Every check is the grader's to answer for, and none of the student's code has run."""
    report = grade(tiny.context, tiny.submission(words="print('I run')"), broken)
    assert report.state is State.UNFINISHED
    assert {verdict.outcome for verdict in report.verdicts} == {Outcome.GRADER_ERROR}
    assert {verdict.log for verdict in report.verdicts} == {""}
    assert {verdict.message.partition(":")[0] for verdict in report.verdicts} == {"the grader failed, not your code"}


def test_who_tries_cells_or_renders_needs_no_device(broken: Sandbox) -> None:
    """Cells are tried in forks, which cannot use a device that their parent has used."""
    work = {"cells": 5, "package": "hw", "files": [], "skip_calls": []}
    place = broken.place({"submission/hw/cells.json": b"[]"})
    assert broken.begin(place, work, Limits(seconds=20)).wait().result == {"notes": [], "cells": []}


@pytest.mark.parametrize(("kind", "found"), [("working", 1), ("broken", 0)])
def test_a_cell_is_blamed_only_where_the_device_computes(kind: str, found: int, request: pytest.FixtureRequest) -> None:
    """What runs the cells takes a step there first, and finds nothing where that fails."""
    sandbox: Sandbox = request.getfixturevalue(kind)
    cell = {"number": 1, "source": "raise ValueError('mine')", "tags": []}
    work = {"cells": 5, "package": "hw", "files": [], "skip_calls": []}
    place = sandbox.place({"submission/hw/cells.json": json.dumps([cell]).encode()})
    result: Any = sandbox.begin(place, work, Limits(seconds=60)).wait().result
    assert len(result["cells"]) == found


def test_cases_share_a_process_that_has_used_the_device(working: Sandbox, tiny: Course) -> None:
    """Its threads are there before the first case, and no case is taken to have left them."""
    process = working.open(working.place({}), {}, Limits(seconds=20))
    assert not process.has_left_something()
    process.end()
    report = grade(tiny.context, tiny.submission(), working)
    assert report.points == report.max_points
    assert report.device == "cpu:0"


# --- several GPUs, several places on each ---


def test_places_are_spread_by_the_memory_of_the_gpus() -> None:
    """One with twice the memory gets twice as many; what is given back is lent again."""
    lender = Lender(GPUS)
    lent = [lender.lend() for _ in range(6)]
    assert [gpu.name for gpu in lent].count("Large") == 4
    lender.give_back(GPUS[0])
    assert lender.lend() == GPUS[0]


def test_no_more_run_at_a_time_than_the_gpus_hold(working: Sandbox) -> None:
    """Each takes as much as its limit, and what CUDA itself keeps; one always fits."""
    limits = Limits(seconds=1, memory=2 * GIB)
    fitting = (8 * GIB) // (2 * GIB + CONTEXT) + (16 * GIB) // (2 * GIB + CONTEXT)
    assert working.fitting(100, limits) == fitting
    assert working.fitting(3, limits) == 3
    assert Lender(GPUS).holds(100 * GIB) == 2


def test_a_room_shows_one_gpu_and_leaves_a_share_of_it(working: Sandbox, tmp_path: Path) -> None:
    """Its id, its files in /dev and no other, and the bound of its memory, all before student code runs."""
    mine = """
    import os
    import torch

    def look():
        calls = [call for call, _ in torch.cuda._queued_calls if "memory_fraction" in str(call)]
        shares = [float(call.args[0]) for call in calls]
        return {"seen": os.environ["CUDA_VISIBLE_DEVICES"], "dev": sorted(os.listdir("/dev")), "shares": shares}
    """
    found = look(working, tmp_path, mine)
    gpu = next(each for each in GPUS if each.id == found["seen"])
    memory = Limits(seconds=1).memory
    assert found["shares"] == [pytest.approx(memory / gpu.memory)]
    if working.level is Level.ISOLATED:
        plain = {"fd", "full", "null", "random", "shm", "stderr", "stdin", "stdout", "urandom", "zero"}
        assert set(found["dev"]) == plain | {"tty"}


def test_gpus_are_given_back(working: Sandbox) -> None:
    """With the place that had one, whatever became of it."""
    places = [working.place({}) for _ in range(3)]
    assert working._gpus
    assert working._gpus._lent.total() >= 3
    for place in places:
        working.discard(place)
    assert eventually(lambda: not working._gpus or not working._gpus._lent.total())


def test_out_of_gpu_memory_is_tried_again_on_a_whole_gpu(working: Sandbox, tiny: Course) -> None:
    """It has words of its own, and what torch says of other processes is not passed on."""
    body = f"if {SHARED}:\n    raise torch.OutOfMemoryError({OUT_OF_MEMORY!r})\nreturn x * x"
    submission = tiny.submission(maths="import torch\n\n" + square(body))
    first = grade(tiny.context, submission, working)
    verdict = first.verdicts[0]
    assert verdict.outcome is Outcome.MEMORY_LIMIT
    assert verdict.message == "out of GPU memory in hw/maths.py:5 (square): your code asked for 20.00 MiB more"
    assert verdict in first.waiting
    again = try_again(tiny.context, submission, working, first)
    assert again.points == again.max_points


# --- which GPUs there are ---


@pytest.fixture
def asked() -> Iterator[Callable[[str], tuple[Gpu, ...]]]:
    """Asks, where the process that is asked answers so."""
    with pytest.MonkeyPatch.context() as patch:

        def ask(answer: str) -> tuple[Gpu, ...]:
            done = subprocess.CompletedProcess([], 0, answer, "")
            patch.setattr(subprocess, "run", lambda *_, **__: done)
            return devices.gpus.__wrapped__()

        yield ask


def test_gpus_are_as_torch_tells_them(asked: Callable[[str], tuple[Gpu, ...]]) -> None:
    """By their ids; where there are none, why."""
    told = {"id": "GPU-1", "name": "H", "memory": 5, "nodes": ["/dev/nvidia0", "/dev/nvidiactl"]}
    assert asked(json.dumps({"gpus": [told]})) == (Gpu("GPU-1", "H", 5, ("/dev/nvidia0", "/dev/nvidiactl")),)
    for answer, said in (('{"why": "no driver"}', "torch finds no GPU here (no driver)"), ("?", "could not tell")):
        with pytest.raises(UsageError, match="--device") as error:
            asked(answer)
        assert said in str(error.value)


def test_the_process_that_asks_answers_on_this_machine() -> None:
    """With GPUs, or with why there are none."""
    done = subprocess.run(
        [sys.executable, "-m", "grader.sandbox.devices"], capture_output=True, text=True, check=True, timeout=120,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
    )  # fmt: skip
    assert json.loads(done.stdout)["why"]


def test_a_gpu_is_known_by_the_file_that_the_driver_tells(tmp_path: Path) -> None:
    """Where that is not there, none is: a room that would show all of them is refused."""
    for place, id, minor in (("0000:01:00.0", "GPU-a", 1), ("0000:02:00.0", "GPU-b", 7)):
        (tmp_path / "gpus" / place).mkdir(parents=True)
        (tmp_path / "gpus" / place / "information").write_text(
            f"Model: X\nGPU UUID: \t {id}\nDevice Minor: \t {minor}\n"
        )
    for name in ("nvidia1", "nvidiactl", "nvidia-modeset"):
        (tmp_path / name).touch()
    nodes = devices._nodes(tmp_path / "gpus", tmp_path)
    assert nodes == {"GPU-a": [str(tmp_path / "nvidia1"), str(tmp_path / "nvidiactl")]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forked_sandbox, "gpus", lambda: (Gpu("GPU-b", "Odd", GIB),))
        with pytest.raises(UsageError, match="does not tell which file in /dev is the Odd"):
            forked_sandbox._lender(Level.ISOLATED)
        forked_sandbox._lender(Level.SEPARATE)


def test_of_library_folders_only_the_drivers_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In some containers nothing else tells where it lies."""
    (tmp_path / "driver").mkdir()
    (tmp_path / "driver" / "libcuda.so.1").touch()
    monkeypatch.setenv("LD_LIBRARY_PATH", f"{tmp_path}:driver::{tmp_path / 'driver'}")
    assert driver_path() == {"LD_LIBRARY_PATH": str(tmp_path / "driver")}
    monkeypatch.delenv("LD_LIBRARY_PATH")
    assert driver_path() == {}


@pytest.mark.parametrize("there", [True, False])
def test_auto_is_a_gpu_where_there_is_one(there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU that was asked for and is not there is refused."""

    def gpus() -> tuple[Gpu, ...]:
        if not there:
            raise UsageError("none")
        return GPUS

    monkeypatch.setattr(devices, "gpus", gpus)
    assert chosen_device(Device.AUTO) == ("cuda" if there else "cpu")
    assert chosen_device(Device.CPU) == "cpu"
    if not there:
        with pytest.raises(UsageError, match="none"):
            chosen_device(Device.CUDA)


def test_the_bound_is_set_as_cuda_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not before: a process that has begun could not fork one that computes."""
    if not hasattr(torch._C, "_cuda_getDeviceCount"):
        pytest.skip("this torch was made without CUDA")
    bounds: list[tuple[object, ...]] = []
    monkeypatch.setattr(torch.cuda, "_queued_calls", [])
    monkeypatch.setattr(torch.cuda, "_initialized", False)
    monkeypatch.setattr(torch._C, "_cuda_init", lambda: None)
    monkeypatch.setattr(torch._C, "_cuda_setMemoryFraction", lambda *bound: bounds.append(bound))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    take_share("GPU-a", 0.25)
    assert (os.environ["CUDA_VISIBLE_DEVICES"], bounds) == ("GPU-a", [])
    torch.cuda._lazy_init()
    assert bounds == [(0.25, 0)]


def test_the_warm_process_asks_nothing_of_cuda() -> None:
    """The forks of a process that has asked it anything can compute nothing there."""
    watched = """
import torch

asked = []
for module, name in ((torch._C, "_cuda_init"), (torch._C, "_cuda_getDeviceCount"), (torch.cuda, "_lazy_init"),
                     (torch.cuda, "is_available"), (torch.cuda, "device_count")):
    if hasattr(module, name):
        setattr(module, name, lambda *_, name=name, **__: asked.append(name))
from grader.worker.zygote import warm_up

kept = warm_up("cuda")
print(asked)
"""
    done = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True, check=True, timeout=200)
    assert done.stdout == "[]\n"
