"""Run by `test_sandbox` as an ordinary user: grade a reference and hostile code in rooms, and print the outcomes."""

import os
import subprocess
import sys
import time
from pathlib import Path

from grader.assignment.assignment import load_assignment
from grader.core.limits import Level
from grader.core.observation import Fault
from grader.grading.observe import observe
from grader.grading.tasks import tasks_of
from grader.sandbox import bubblewrap
from grader.sandbox.levels import why_not
from grader.sandbox.sandbox import Sandbox

HOSTILE = {
    "exits": "import os; os._exit(0)",
    "daemon": """
    import os, time
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
    return x * x""",
    "allocates": "return bytearray(8 << 30)",
    "forks": """
    import os, time
    for _ in range(200):
        if os.fork() == 0:
            time.sleep(600)""",
    "loops": "while True: pass",
}
SPY = """
    import ctypes, os
    status = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
    capabilities = {status["Cap" + kind] for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")}
    refused = ctypes.CDLL(None).unshare(0x10000000) != 0
    raise RuntimeError(f"uid is {'not ' if os.getuid() else ''}root, capabilities {' '.join(capabilities)}, "
        f"no new privileges {status['NoNewPrivs']}, user namespaces {'refused' if refused else 'given'}")
"""


def main() -> None:
    """Exit 77 where this machine gives an ordinary user no namespaces."""
    assert os.getuid() != 0
    plain = [
        str(bubblewrap.find()),
        "--unshare-user",
        "--unshare-pid",
        "--ro-bind",
        "/",
        "/",
        "--proc",
        "/proc",
        "/usr/bin/true",
    ]
    tried = subprocess.run(plain, capture_output=True, text=True, check=False)
    if tried.returncode:
        print(tried.stderr)
        sys.exit(77)
    assert why_not(Level.ISOLATED) is None, why_not(Level.ISOLATED)
    home = Path(sys.argv[1])
    assignment = load_assignment(home / "assignments" / "tiny")
    reference = {path.name: path.read_bytes() for path in (home / "solutions/tiny/hw").glob("*.py")}
    tasks = tasks_of(assignment.checks)
    with Sandbox(Level.ISOLATED) as sandbox:

        def outcomes(body: str | None, tasks: list) -> list[Fault | None]:
            files = {**reference, "maths.py": f"def square(x):\n    {body}\n".encode()} if body else reference
            seen = [each.observation.result for each in observe(sandbox, assignment, files, tasks) if each.observation]
            return [result if isinstance(result, Fault) else None for result in seen]

        print("reference", *("PASSED" if fault is None else fault.outcome for fault in outcomes(None, tasks)))
        for name, body in HOSTILE.items():
            (fault,) = outcomes(body, tasks[:1])
            print(name, "PASSED" if fault is None else fault.outcome)
        (told,) = outcomes(SPY.strip(), tasks[:1])
        assert told
        print(told.message.rpartition("(square): ")[2])
    deadline = time.monotonic() + 5
    while (left := _others_of_mine()) and time.monotonic() < deadline:
        time.sleep(0.05)
    print(f"{left} left" if left else "nothing left")


def _others_of_mine() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            status = (path / "status").read_text()
        except OSError:
            continue
        lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        if (
            lines["Uid"].split()[0] == str(os.getuid())
            and lines["State"][0] not in "ZX"
            and int(path.name) != os.getpid()
        ):
            found.append(lines["Name"])
    return found


main()
