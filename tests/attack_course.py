"""What the tests of attacks share: the attack files, the course and the machine that they aim at, and what is counted.

`tests/attacks/README.md` says how an attack file is written.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import os
import re
import shutil
import socket
import stat
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Self

import torch
from safetensors.torch import save_file
from tiny_course import buried, descendants, eventually, living

from grader.assignment.assignment import load_assignment
from grader.assignment.expected import Expected, path_of, read, write
from grader.core.limits import MIB, Layer, Level
from grader.core.submission import Submission
from grader.core.verdict import Outcome, Verdict
from grader.grading.context import GradingContext, prepare
from grader.grading.grade import RETRIED, grade, joined, try_again
from grader.grading.regenerate import regenerate
from grader.pages.html import student_page
from grader.results.report import Report, State, to_json
from grader.sandbox.cgroup import PREFIX
from grader.sandbox.sandbox import Sandbox
from grader.submissions.package import read_package

ATTACKS = Path(__file__).parent / "attacks"
PROBES = ("doubles", "averages", "guesses", "splits")
# A frame of the largest size costs the grader a few copies of 64 MiB; what attacks send is far more.
MEMORY_CAP = 400 * MIB
WHOLE = "submission"  # stands for all probes: the submission is not graded at all
CANARY = re.compile("canary[0-9a-f]{16}")
REACHED = re.compile("REACHED [^\n]*")

_FIRST = re.compile(r"# (?P<id>[A-Z]\d\d[a-z]?|honest): (?P<says>\S.*)")
_LEVELS = re.compile(rf"# levels: (?P<levels>{'|'.join(Level)}(?: (?:{'|'.join(Level)}))*)")
_PROBE = re.compile(
    rf"# (?:(?P<level>{'|'.join(Level)}) )?(?P<probe>{'|'.join((*PROBES, WHOLE))}): "
    r"(?P<outcomes>[A-Z_]+(?: \| [A-Z_]+)*)(?:, (?P<words>.+))?"
)
_FILE = re.compile(rb"^# ==== (?P<path>\S[^\n]*)\n", re.MULTILINE)
_ELSEWHERE = State.QUARANTINED.value


# --- attack files ---


@dataclass(frozen=True, slots=True)
class Promise:
    """What a header promises of one probe: one of some outcomes, and words that the message has."""

    outcomes: tuple[str, ...] = (Outcome.PASSED.value,)
    words: str = ""


@dataclass(frozen=True, slots=True)
class Attack:
    """One file of `tests/attacks`: a submission and what is promised of it."""

    name: str
    row: str  # of the catalogue, such as A3; empty for an honest twin
    says: str
    promises: Mapping[tuple[Level | None, str], Promise]
    levels: tuple[Level, ...]
    slow: bool
    parallel: bool
    cgroup: bool
    files: Mapping[str, bytes]

    def promise(self, level: Level, probe: str) -> Promise:
        """What must become of a probe at a level."""
        return self.promises.get((level, probe)) or self.promises.get((None, probe)) or Promise()

    def submission(self, folder: Path, targets: str) -> Submission:
        """The attack as submitted: written below `folder`, and read as any student's folder is read."""
        home = folder / self.name / "hw"
        for path, content in {**self.files, "targets.py": targets.encode()}.items():
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_bytes(content)
        return read_package(folder / self.name, "hw", ["mine.py"])


def attacks() -> list[Attack]:
    """All attack files, in the order of their names."""
    return [parse(path.stem, path.read_bytes()) for path in sorted(ATTACKS.glob("*.py"))]


def attack(name: str) -> Attack:
    """One attack file."""
    return parse(name, (ATTACKS / f"{name}.py").read_bytes())


def parse(name: str, source: bytes) -> Attack:
    """Read an attack file. Raises `ValueError` for a header that does not follow the grammar."""
    main, *others = _FILE.split(source)
    files = {"mine.py": main, **{path.decode(): text for path, text in zip(others[::2], others[1::2], strict=True)}}
    lines = _header(main)
    first = _FIRST.fullmatch(lines[0]) if lines else None
    if not first or not name.startswith(first["id"]):
        raise ValueError(f"{name}: the first line is not `# {name.partition('_')[0]}: a sentence`")
    promises: dict[tuple[Level | None, str], Promise] = {}
    levels: tuple[Level, ...] = tuple(level for level in Level if level is not Level.SEPARATE)
    words = set()
    for line in lines[1:]:
        if line in ("# slow", "# parallel", "# cgroup"):
            words.add(line)
        elif found := _LEVELS.fullmatch(line):
            levels = tuple(Level(level) for level in found["levels"].split())
        elif found := _PROBE.fullmatch(line):
            outcomes = tuple(found["outcomes"].split(" | "))
            if unknown := set(outcomes) - (set(Outcome) if found["probe"] != WHOLE else {_ELSEWHERE}):
                raise ValueError(f"{name}: {', '.join(sorted(unknown))} is not an outcome of `{found['probe']}`")
            level = Level(found["level"]) if found["level"] else None
            promises[level, found["probe"]] = Promise(outcomes, found["words"] or "")
        else:
            raise ValueError(f"{name}: {line!r} is not a line of a header; leave an empty line after the header")
    row = "" if first["id"] == "honest" else f"{first['id'][0]}{int(first['id'][1:3])}"
    marks = {mark: f"# {mark}" in words for mark in ("slow", "parallel", "cgroup")}
    return Attack(name, row, first["says"], promises, levels, **marks, files=files)


def _header(source: bytes) -> list[str]:
    lines = []
    for line in source.decode("utf-8", "replace").split("\n"):
        if not line.startswith("#"):
            break
        lines.append(line.rstrip())
    return lines


# --- what attacks aim at ---


@dataclass
class Target:
    """The course with its secrets, and real and live things of the host that attacks try to read, reach or change."""

    folder: Path
    context: GradingContext
    canaries: Mapping[str, str]  # where each is -> the word
    constants: Mapping[str, str | int]
    listeners: Sequence[socket.socket]
    honest: Submission
    neighbour: Submission  # honest too, and it starts threads and a process

    @property
    def targets(self) -> str:
        """The module `hw.targets` of a submission."""
        lines = [f"{name} = {value!r}" for name, value in self.constants.items()]
        return '"""What attacks aim at."""\n\n' + "\n".join(lines) + "\n"

    def grade(self, attack: Attack, sandbox: Sandbox, folder: Path) -> Report:
        """The report on an attack."""
        promised = {probe: attack.promise(sandbox.level, probe) for probe in PROBES}
        return self._graded(attack.submission(folder, self.targets), sandbox, promised)

    def grade_honest(self, sandbox: Sandbox) -> Report:
        """The report on the honest submission."""
        return self._graded(self.honest, sandbox, {})

    def grade_neighbour(self, sandbox: Sandbox) -> Report:
        """The report on the honest submission that starts threads and a process."""
        return self._graded(self.neighbour, sandbox, {})

    def _graded(self, submission: Submission, sandbox: Sandbox, promised: Mapping[str, Promise]) -> Report:
        """In two halves, each with a second try, and more time, where a busy machine may be to blame for the first."""

        def half(context: GradingContext, spent: float = 0.0) -> Report:
            report = grade(context, submission, sandbox, spent=spent)
            late = [each for each in report.verdicts if each.outcome in RETRIED]
            if all(each.outcome in promised.get(each.check, Promise()).outcomes for each in late):
                return report
            return try_again(patient(context), submission, sandbox, report)

        public = half(self.context.public())
        return joined(public, half(self.context.hidden(), sum(each.seconds for each in public.verdicts)))

    def settled(self, sandbox: Sandbox) -> Mapping[str, object]:
        """The state, once it stays the same: what earlier tests left may still be on its way out."""
        state = self.state(sandbox)
        while (following := self.state(sandbox)) != state:
            state = following
        return state

    def state(self, sandbox: Sandbox) -> Mapping[str, object]:
        """What no attack may change: files, and all that a check could leave behind."""
        buried(sandbox)
        run = str(self.constants["RUN"])
        groups = sandbox._groups
        return {
            "files": tree(self.folder),
            "library": [_entry(Path(path)) for path in (torch.__file__, sys.executable)],
            "descriptors": len(list(Path("/proc/self/fd").iterdir())),
            "mounts": len(Path("/proc/self/mountinfo").read_text().splitlines()),
            "below": len(descendants(os.getpid())),
            "named": sorted(name for _, name in living().values() if name.startswith(run)),
            "uids": sandbox._users.lent if sandbox._users else 0,
            "groups": sorted(
                {path.name for folder in groups.folders for path in folder.glob(f"{PREFIX}{os.getpid()}-*")}
            )
            if groups
            else [],
        }

    def changes(self, before: Mapping[str, object], sandbox: Sandbox, *, seconds: float = 5) -> str:
        """What is not as it was before, once everything had time to end; empty where nothing is."""
        if eventually(lambda: self.state(sandbox) == before, seconds=seconds):
            return ""
        now = self.state(sandbox)
        return "; ".join(f"{name}: {_changes(before[name], now[name])}" for name in now if now[name] != before[name])

    def visitors(self) -> list[str]:
        """What has come in at the listening sockets."""
        came = []
        for listener in self.listeners:
            with contextlib.suppress(BlockingIOError):
                if listener.type == socket.SOCK_DGRAM:
                    listener.recv(100)
                else:
                    listener.accept()[0].close()
                came.append(f"{listener.family.name} {listener.type.name}")
        return came


def patient(context: GradingContext) -> GradingContext:
    """The context with more time for each check."""
    return replace(context, checks=tuple(replace(check, seconds=10) for check in context.checks))


@contextlib.contextmanager
def target(sandbox: Sandbox, environment: str) -> Iterator[Target]:
    """A course with expected values, made with `sandbox`, and targets; `environment` is the grader's canary."""
    # Not below pytest's own folder, which is shut for other users: what stops an attack must be the sandbox.
    folder = Path(tempfile.mkdtemp(prefix="attacked-"))
    canaries = {"environment": environment}
    for name in ("expected values", "hidden input", "solution", "other submission", "secret file", "history"):
        canaries[name] = f"canary{os.urandom(8).hex()}"
    temporary = tempfile.tempdir
    try:
        with contextlib.ExitStack() as stack:
            context = _course(folder / "course", canaries, sandbox)
            other = _file(folder / "submissions/other/hw/mine.py", f"# {canaries['other submission']}\n")
            secret = _file(folder / "host/secret", f"{canaries['secret file']}\n")
            precious = _file(folder / "writable/precious", "precious\n")
            for path in (folder, *folder.rglob("*")):
                path.chmod(0o755 if path.is_dir() else 0o644)
            precious.chmod(0o666)
            precious.parent.chmod(0o777)
            # Rooms that are folders are made here, so that one left behind is seen.
            (folder / "rooms").mkdir()
            (folder / "rooms").chmod(0o1777)
            tempfile.tempdir = str(folder / "rooms")
            run = f"r{os.urandom(3).hex()}"
            listeners = _listeners(folder / "host/socket", run, stack)
            course = context.assignment.folder
            constants: dict[str, str | int] = {
                "EXPECTED": str(context.assignment.expected_folder),
                "CHECKS": str(course),
                "SOLUTION": str(folder / "course/solutions/attacked"),
                "OTHER": str(other),
                "SECRET_FILE": str(secret),
                "WRITABLE": str(precious.parent),
                "GRADER_PID": os.getpid(),
                "PORT": listeners[0].getsockname()[1],
                "ABSTRACT": run,
                "SOCKET": str(folder / "host/socket"),
                "SITE": sysconfig.get_path("purelib"),
                "PYTHON": sys.executable,
                "RUN": run,
            }
            honest = (folder / "course/solutions/attacked/hw/mine.py").read_bytes()
            yield Target(
                folder,
                context,
                canaries,
                constants,
                listeners,
                Submission("honest", {"mine.py": honest}),
                Submission("neighbour", attack("honest_neighbour").files),
            )
    finally:
        tempfile.tempdir = temporary
        eventually(lambda: not any((folder / "rooms").iterdir()))  # the last are still being removed
        shutil.rmtree(folder)


def _course(folder: Path, canaries: Mapping[str, str], sandbox: Sandbox) -> GradingContext:
    """A copy of the course with its data, canaries and expected values."""
    shutil.copytree(ATTACKS / "course", folder, ignore=shutil.ignore_patterns("__pycache__", "expected", "data"))
    home = folder / "assignments/attacked"
    hidden = home / "hidden_checks.py"
    hidden.write_text(hidden.read_text().replace("HIDDEN", canaries["hidden input"]))
    with (folder / "solutions/attacked/hw/mine.py").open("a") as solution:
        solution.write(f"\n# {canaries['solution']}\n")
    _file(folder / ".git/HEAD", canaries["history"])
    labels = torch.arange(20) * 7 % 5
    images = torch.full((20, 5, 4), 0.1)
    images[torch.arange(20), labels] = 1.0
    (home / "data").mkdir()
    save_file({"images": images, "labels": labels}, home / "data/pictures.safetensors")
    assignment = load_assignment(home)
    regenerate(assignment, sandbox, jobs=1, done=lambda name: None)
    for check in assignment.checks:  # a value that no criterion reads
        saved = read(path_of(assignment, check))
        values = {case: {**named, "kept": canaries["expected values"]} for case, named in saved.values.items()}
        write(path_of(assignment, check), Expected(values, saved.digest, saved.reference, saved.spread, saved.made))
    return prepare(assignment, assignment.checks)


def _listeners(path: Path, run: str, stack: contextlib.ExitStack) -> list[socket.socket]:
    listeners = [socket.socket(socket.AF_INET, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]
    listeners += [socket.socket(socket.AF_UNIX) for _ in range(2)]
    for listener in listeners:
        stack.enter_context(listener)
        listener.setblocking(False)
    tcp, udp, abstract, named = listeners
    tcp.bind(("127.0.0.1", 0))
    udp.bind(("127.0.0.1", tcp.getsockname()[1]))
    abstract.bind(f"\0{run}")
    named.bind(str(path))
    path.chmod(0o777)
    for listener in (tcp, abstract, named):
        listener.listen()
    return listeners


def _file(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def tree(folder: Path) -> Mapping[str, str]:
    """Kind, mode, owner and content of everything below a folder, links not followed."""
    below = (Path(place, name) for place, folders, files in os.walk(folder) for name in (*folders, *files))
    return {str(path): _entry(path) for path in (folder, *below)}


def _entry(path: Path) -> str:
    content = ""
    try:
        about = path.lstat()
        if stat.S_ISREG(about.st_mode) and about.st_size < 1 << 20:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        elif stat.S_ISLNK(about.st_mode):
            content = str(path.readlink())
    except OSError as error:  # what was left in a room is just being removed, or is shut
        return type(error).__name__
    times = (about.st_mtime_ns, about.st_size) if not stat.S_ISDIR(about.st_mode) else ()
    return f"{about.st_mode:o} {about.st_uid} {about.st_gid} {times} {content}"


def _changes(before: object, now: object) -> str:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        return ", ".join(sorted({key for key, _ in before.items() ^ now.items()})[:5])
    return f"{before} became {now}"


def library_files() -> Mapping[str, tuple[int, int, int]]:
    """Mode, size and time of every file of the installed packages."""
    found = {}
    for folder, _, names in os.walk(sysconfig.get_path("purelib")):
        for name in names:
            about = os.lstat(os.path.join(folder, name))  # noqa: PTH118  30,000 of them
            found[f"{folder}/{name}"] = about.st_mode, about.st_size, about.st_mtime_ns
    return found


class Memory:
    """How much this process's memory grew at most, within a `with` block."""

    def __enter__(self) -> Self:
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
        self._before = _status("VmRSS")
        return self

    def __exit__(self, *_: object) -> None:
        self.grown = _status("VmHWM") - self._before


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


class Alongside:
    """Grades honest submissions in another thread for as long as a `with` block takes, one at least."""

    def __init__(self, target: Target, sandbox: Sandbox) -> None:
        self._target, self._sandbox = target, sandbox
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.reports: list[Report] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self.reports or not self._ended.is_set():
            self.reports.append(self._target.grade_neighbour(self._sandbox))


def trial(target: Target, attack: Attack, sandbox: Sandbox, folder: Path, tally: Tally) -> list[str]:
    """Grade an attack, then the honest submission: everything that went wrong, each as one line."""
    before = target.settled(sandbox)
    neighbours: list[Report] = []
    try:
        with Memory() as memory:
            if attack.parallel:
                with Alongside(target, sandbox) as alongside:
                    report = target.grade(attack, sandbox, folder)
                neighbours = alongside.reports
            else:
                report = target.grade(attack, sandbox, folder)
    except Exception:
        tally.tried += 1
        tally.crashed += 1
        raise
    tally.count(attack, report, target.canaries)
    wrong = broken_promises(attack, report)
    wrong += [f"leaked: {secret}" for secret in leaks(report, target.canaries)]
    wrong += [f"the grader failed: {each}" for each in crashes(report)]
    for visitor in target.visitors():
        tally.leaked += 1
        wrong.append(f"came in at {visitor}")
    if memory.grown > MEMORY_CAP:
        wrong.append(f"the grader's memory grew by {memory.grown >> 20} MiB")
    neighbours.append(target.grade_honest(sandbox))
    wrong += [f"honest work: {each.verdicts}" for each in neighbours if not full_marks(each)]
    if changed := target.changes(before, sandbox):
        wrong.append(f"changed: {changed}")
    return wrong


def full_marks(report: Report) -> bool:
    """Whether all probes passed."""
    return report.points == report.max_points == len(PROBES)


def without(whole: Sandbox, missing: frozenset[Layer]) -> Sandbox:
    """`Sandbox(level, layers=...)` with the warm process of another, as a new one takes seconds to start."""
    sandbox = copy.copy(whole)
    sandbox.layers = whole.layers - missing
    sandbox._arguments = list(whole._arguments)
    if Layer.CGROUP in missing:
        sandbox._groups = None
    return sandbox


# --- what is counted ---


@dataclass
class Tally:
    """What became of the attacks at one level: the last lines of a test run."""

    tried: int = 0
    forged: Fraction = Fraction()
    leaked: int = 0
    crashed: int = 0

    def count(self, attack: Attack, report: Report, canaries: Mapping[str, str]) -> None:
        """Add one graded attack."""
        self.tried += 1
        self.forged += forged(attack, report)
        self.leaked += len(leaks(report, canaries))
        self.crashed += len(crashes(report))

    def line(self, level: str) -> str:
        """The tally as a sentence."""
        who = "root" if os.geteuid() == 0 else "an ordinary user"
        points = f"{float(self.forged):g} points forged"
        return (
            f"attacks at {level}, as {who}: {self.tried} tried, {points}, {self.leaked} secrets leaked, "
            f"{self.crashed} grader crashes"
        )


TALLIES: dict[Level, Tally] = {}  # of this run; conftest.py prints them


def forged(attack: Attack, report: Report) -> Fraction:
    """Points earned on probes that the attack must not pass."""
    return sum(
        (each.points for each in report.verdicts if Outcome.PASSED not in _promised(attack, report, each).outcomes),
        Fraction(),
    )


def leaks(report: Report, canaries: Mapping[str, str]) -> list[str]:
    """Secrets in what a grading shows, and what the attack says that it reached.

    Students' code sees the input of a hidden check, and staff see what it printed; the student's page must not.
    """
    page = student_page(report)
    everything = to_json(report).decode() + page
    found = [name for name, word in canaries.items() if word in (page if name == "hidden input" else everything)]
    known = set(canaries.values())
    strangers = sorted(set(CANARY.findall(everything)) - known)
    return found + strangers + sorted({line for each in report.verdicts for line in REACHED.findall(each.log)})


def crashes(report: Report) -> list[str]:
    """Checks on which the grader itself failed."""
    return [each.message for each in report.verdicts if each.outcome is Outcome.GRADER_ERROR]


def broken_promises(attack: Attack, report: Report) -> list[str]:
    """Where the report is not what the attack's header says, each as one line."""
    whole = attack.promise(report.level, WHOLE)
    if report.reason or whole.outcomes == (_ELSEWHERE,):
        kept = report.state in whole.outcomes and whole.words in report.reason
        return [] if kept else [f"{WHOLE}: {report.state} {report.reason!r}, promised {whole}"]
    broken = []
    if [each.check for each in report.verdicts] != list(PROBES):
        broken.append(f"graded were {[each.check for each in report.verdicts]}")
    for each in report.verdicts:
        promise = _promised(attack, report, each)
        if each.outcome not in promise.outcomes or promise.words not in each.message:
            said = f"{each.check}: {each.outcome} {each.message!r}"
            broken.append(f"{said}, promised {' | '.join(promise.outcomes)} {promise.words!r}; log {each.log[:300]!r}")
    return broken


def _promised(attack: Attack, report: Report, verdict: Verdict) -> Promise:
    return attack.promise(report.level, verdict.check)
