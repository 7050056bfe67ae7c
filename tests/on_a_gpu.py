"""What can be seen only where there is a GPU, in one run that ends within 8 minutes: `make test-gpu`.

    make test-gpu PYTHON=/path/to/python PACKAGES=/folder/of/what/it/lacks
    make test-gpu PYTHON=.venv/bin/python DEVICE=cpu

It installs nothing, runs from source, and needs only what grading needs. Every line is out at once, so that what was
seen is known however the run ends. The second command is the same run, dry. Nothing ever ran on a GPU of ours.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import torch
from wrong_solutions import ROOT, WrongSolution, files_of, read_wrong_solutions, write_files

from grader.assignment.assignment import load_assignment
from grader.checks.seeds import plain_name
from grader.core.errors import SandboxError, UsageError
from grader.core.limits import MIB, Level
from grader.core.observation import Fault, Values
from grader.core.verdict import Outcome
from grader.grading.gaps import gap, is_free, tolerance_of
from grader.grading.grade import judged, settles
from grader.grading.observe import observe
from grader.grading.reference import read_reference
from grader.grading.session import Checks, Session
from grader.grading.tasks import Observed, tasks_of
from grader.results.report import Report
from grader.sandbox.devices import gpus
from grader.sandbox.levels import best_level
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_submission

BEGAN = time.monotonic()
SECONDS = 450  # of the run
CLASS = "cnn"
SIZE = 20
SAMPLE = 48  # of the other assignments' wrong solutions, one in so many
PLAIN = {"fd", "full", "null", "random", "shm", "stderr", "stdin", "stdout", "urandom", "zero"}

# What a process on the device sees, may take, and reaches. Nobody's coursework.
MANIFEST = 'title = "Device"\nform = "package"\npackage = "hw"\nfiles = ["mine.py"]\n'
CHECKS = '''
from grader import check, equal

@check(points=1, seconds=60, expect=[equal("apart")])
def computes(hw, device):
    """The device computes what the CPU computes."""
    return hw.mine.compute(device)

@check(points=1, seconds=60, expect=[equal("taken")])
def takes_too_much(hw, device):
    """More memory than the limit is refused."""
    return hw.mine.take(device)

@check(points=1, seconds=60, expect=[equal("opened")])
def reaches(hw):
    """No device is in reach but the plain ones and one GPU."""
    return hw.mine.reach()
'''
MINE = """
import os
import torch

def compute(device):
    x = torch.arange(4096.0).reshape(64, 64) / 4096
    apart = ((x.to(device) @ x.to(device)).cpu() - x @ x).abs().max()
    return {"apart": float(apart), "sees": os.environ["CUDA_VISIBLE_DEVICES"], "on": str(x.to(device).device)}

def take(device):
    return {"taken": torch.ones(MOST + (64 << 20), dtype=torch.uint8, device=device).numel()}

def reach():
    opened = []
    for name in sorted(os.listdir("/dev")):
        try:
            os.close(os.open(f"/dev/{name}", os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY))
            opened.append(name)
        except OSError:
            pass
    return {"opened": opened}
"""

problems: list[str] = []


def say(text: str) -> None:
    """A line, with the seconds since the start."""
    print(f"{time.monotonic() - BEGAN:6.1f} s  {text}", flush=True)


def wrong(text: str) -> None:
    """A line that makes the run fail."""
    problems.append(text)
    say(f"WRONG: {text}")


def late(*_: object) -> None:
    """End here and now; what runs ends with this process."""
    say(f"STOPPED after {SECONDS} s: what is not above was not seen; {len(problems)} wrong so far")
    os._exit(1)


def main() -> int:
    """The device and the level first, then what matters most."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    device = parser.parse_args().device
    signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        found = gpus() if device == "cuda" else ()
        level, why = best_level()
        if found and level is Level.RESTRICTED:  # which has no GPU
            level = Level.SEPARATE
        named = (f"{gpu.name} with {gpu.memory // MIB} MiB, {', '.join(gpu.nodes) or 'no file known'}" for gpu in found)
        say(f"device: {device} {'; '.join(named)}")
        say(f"level: {level} {f'({why})' if why else ''}")
        say(f"torch {torch.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores")
        with Sandbox(level, device=device) as sandbox:
            sandbox.wait()
            say("a process computes on the device")
            bounds(sandbox)
            for step in (references, class_of_20, wrong_solutions):
                step(sandbox)
    except (SandboxError, UsageError) as error:
        wrong(str(error))
    say(f"{len(problems)} wrong" if problems else "all as it should be")
    return bool(problems)


def bounds(sandbox: Sandbox) -> None:
    """What a process on the device sees, what it may take, and, where walls hold it, what it reaches."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "assignment.toml").write_text(MANIFEST)
        (home / "checks.py").write_text(CHECKS)
        assignment = load_assignment(home)
        tasks = tasks_of(assignment.checks)
        if sandbox.level is Level.SEPARATE:
            say("reaches: not tried at this level, at which nothing is out of reach")
            tasks = [task for task in tasks if task.check.name != "reaches"]
        source = f"MOST = {assignment.limits(0).memory}\n{MINE}"
        for seen in observe(sandbox, assignment, {"mine.py": source.encode()}, tasks):
            result = seen.observation.result if seen.observation else Fault(Outcome.GRADER_ERROR, seen.trouble)
            say(f"{seen.task.check.name}: {_short(result)}")
            match seen.task.check.name, result:
                case "takes_too_much", Fault(Outcome.MEMORY_LIMIT, message) if (
                    sandbox.device == "cpu" or "out of GPU memory" in message
                ):
                    pass
                case "computes", {"apart": float(apart)} if apart < 1e-4:
                    pass
                case "reaches", {"opened": list(opened)} if set(opened) <= PLAIN | _nodes(sandbox):
                    pass
                case name, _:
                    wrong(name)


def _short(result: Values | Fault) -> str:
    return f"{result.outcome}: {result.message}" if isinstance(result, Fault) else str(result)


def _nodes(sandbox: Sandbox) -> set[str]:
    """The names of the files of a GPU."""
    return {Path(node).name for gpu in gpus()[:1] for node in gpu.nodes} if sandbox.device == "cuda" else set()


def references(sandbox: Sandbox) -> None:
    """Each assignment's reference passes, and how far its values are from the saved ones, in parts of the tolerance."""
    for session in sessions(sandbox):
        name, context = session.assignment.name, session.context
        files = read_reference(session.assignment).files
        stands = partial(_stands, session)
        seen = list(observe(sandbox, session.assignment, files, context.tasks, patient=True, settles=stands))
        for found in (judged(context, each) for each in seen):
            if found.outcome is not Outcome.PASSED:
                wrong(f"{name}: the reference gets {found.outcome} for {found.name}: {found.message}")
        furthest = sorted((part for each in seen for part in gaps(session, each)), reverse=True)[:3]
        far = ", ".join(f"{share:.2g} of the tolerance of {value}" for share, value in furthest if share)
        say(f"{name}: the reference, {len(seen)} cases; furthest off: {far or 'nothing'}")


def _stands(session: Session, seen: Observed) -> bool:
    return settles(judged(session.context, seen))


def gaps(session: Session, seen: Observed) -> Iterator[tuple[float, str]]:
    """How far each value that is compared with a tolerance is from the saved one, in parts of the tolerance."""
    check = seen.task.check
    result = seen.observation.result if seen.observation else {}
    expected = session.context.expected[check.name].values[seen.task.case]
    for name, value in {} if isinstance(result, Fault) else result.items():
        if name in expected and not is_free(check, name) and (most := tolerance_of(check, name)):
            yield gap(value, expected[name]) / most, f"{check.name}: {plain_name(name, check.seeds)}"


def class_of_20(sandbox: Sandbox) -> None:
    """A class, as many at a time as there are cores and the GPUs hold: the reference, the stub, wrong solutions."""
    session = Session.of(sandbox, load_assignment(ROOT / "assignments" / CLASS), checks=Checks.ALL)
    solution = ROOT / "solutions" / CLASS
    right, stub = files_of(solution), files_of(ROOT / "assignments" / CLASS)
    known = read_wrong_solutions(solution)[: SIZE - 2]
    began, jobs = time.monotonic(), session.fitting(os.cpu_count() or 1)
    with ThreadPoolExecutor(jobs) as pool:
        first = pool.submit(graded, session, "reference", right), pool.submit(graded, session, "stub", stub)
        reports = [pool.submit(graded, session, each.how, each.files()) for each in known]
        for each, report in zip(known, reports, strict=True):
            compare(each, report.result())
        reference, untouched = (each.result() for each in first)
    say(f"{CLASS}: a class of {SIZE} in {time.monotonic() - began:.1f} s, {jobs} at a time")
    if reference.points != reference.max_points:
        wrong(f"{CLASS}: the reference has {float(reference.points):g} of {float(reference.max_points):g} points")
    if any(each.outcome is Outcome.GRADER_ERROR for each in untouched.verdicts):
        wrong(f"{CLASS}: the grader failed on the untouched stub")


def wrong_solutions(sandbox: Sandbox) -> None:
    """Some of the known wrong solutions of the other assignments."""
    chosen = [(session, each) for session in sessions(sandbox) if session.assignment.name != CLASS
              for each in read_wrong_solutions(ROOT / "solutions" / session.assignment.name)[::SAMPLE]]  # fmt: skip
    with ThreadPoolExecutor(chosen[0][0].fitting(os.cpu_count() or 1)) as pool:
        reports = [pool.submit(graded, session, each.how, each.files()) for session, each in chosen]
        for (_, each), report in zip(chosen, reports, strict=True):
            compare(each, report.result())
            say(f"{each.solution.name}: {each.how}: {float(report.result().points):g} points")


def sessions(sandbox: Sandbox) -> Iterator[Session]:
    """One for each assignment."""
    for folder in sorted((ROOT / "assignments").iterdir()):
        yield Session.of(sandbox, load_assignment(folder), checks=Checks.ALL)


def graded(session: Session, id: str, files: dict[str, str]) -> Report:
    """The report on these files."""
    with tempfile.TemporaryDirectory() as folder:
        write_files(files, Path(folder))
        return session.grade(read_submission(Path(folder), session.assignment.manifest, id=id))


def compare(known: WrongSolution, report: Report) -> None:
    """A wrong solution fails what it is known to fail, and in that way."""
    names = [each.name for each in report.verdicts]
    found = {each.name: str(each.outcome) for each in report.verdicts if each.outcome is not Outcome.PASSED}
    if dict(found.items() - known.possible(names).items()) != known.promised(names):
        wrong(f"{known.solution.name}: {known.how} gets {found}, and should get {known.promised(names)}")


if __name__ == "__main__":
    raise SystemExit(main())
