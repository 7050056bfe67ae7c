"""Every attack of `tests/attacks`, graded for real: it gains nothing, learns nothing, breaks nothing, leaves nothing.

By default: the attacks that are not slow, at the best level of this machine, and those on secrets, resources and the
host (B, D, E) at the next level too. With the environment variable GRADER_ATTACKS=all: every attack at both levels.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from attack_course import (
    ATTACKS,
    TALLIES,
    Attack,
    Tally,
    Target,
    attack,
    attacks,
    full_marks,
    leaks,
    library_files,
    parse,
    patient,
    target,
    trial,
    without,
)

from grader.assignment.assignment import load_assignment
from grader.core.limits import Layer, Level
from grader.core.observation import Fault
from grader.core.verdict import Outcome
from grader.grading.grade import unfinished
from grader.grading.observe import observe
from grader.grading.tasks import tasks_of
from grader.sandbox.levels import best_level
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.users import SPARE_UIDS, SpareUsers

Start = Callable[[Level], Sandbox]
ALL = os.environ.get("GRADER_ATTACKS") == "all"
BEST = best_level()[0]
CATALOGUE = {"A": 30, "B": 19, "C": 12, "D": 25, "E": 13, "H": 6}  # how many rows each section has


@pytest.fixture(scope="module")
def attacked(best: Sandbox, secret: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The course and the host that attacks aim at."""
    tmp_path_factory.getbasetemp()  # before `target` says where else temporary folders are made
    with target(best, secret) as made:
        assert full_marks(made.grade_honest(best))
        yield made


@pytest.fixture(scope="module")
def library() -> Mapping[str, tuple[int, int, int]]:
    """The installed packages as they were before the first attack."""
    return library_files()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`tried` and `level` are what this run tries."""
    if {"tried", "level"} <= set(metafunc.fixturenames):
        pairs = [(each, level) for level in Level for each in attacks() if _is_tried(each, level)]
        metafunc.parametrize(("tried", "level"), pairs, ids=[f"{each.name}-{level}" for each, level in pairs])


def _is_tried(attack: Attack, level: Level) -> bool:
    if level not in attack.levels:
        return False
    best = Level.ISOLATED if BEST is Level.SEPARATE else BEST  # where there is neither, every attack is skipped
    return ALL or (not attack.slow and (level is best or attack.row[:1] in ("B", "D", "E")))


def test_attack(tried: Attack, level: Level, start: Start, attacked: Target, library: object, tmp_path: Path) -> None:
    """Verdicts are as the header says, no secret shows, nothing has changed, and the next student has full marks."""
    sandbox = start(level)
    if tried.cgroup and not sandbox.counts_memory_together:
        pytest.skip("this machine gives no cgroups")
    assert trial(attacked, tried, sandbox, tmp_path, TALLIES.setdefault(level, Tally())) == []


def test_the_installed_packages_are_as_they_were(library: Mapping[str, tuple[int, int, int]]) -> None:
    """After all attacks every file of every package is the same; nothing is new but bytecode that Python wrote."""
    now = library_files()
    assert len(library) > 1000
    assert {path for path in library if now.get(path) != library[path]} == set()
    assert {path for path in now.keys() - library.keys() if "/__pycache__/" not in path} == set()


# --- the corpus ---


def test_every_row_of_the_catalogue_is_an_attack_or_left_out_with_a_reason() -> None:
    """Nothing is forgotten, and nothing is said to be left out that is there."""
    rows = {f"{section}{number}" for section, most in CATALOGUE.items() for number in range(1, most + 1)}
    there = {each.row for each in attacks()} - {""}
    table = (ATTACKS / "README.md").read_text().partition("## Left out")[2]
    left_out = {row for row, why in re.findall(r"^\| ([A-H]\d+) \| (.{20,}) \|$", table, re.MULTILINE) if why.strip()}
    assert there | left_out == rows
    assert there & left_out == set()


def test_no_attack_knows_a_canary() -> None:
    """A word that looks like one would be counted as a leak."""
    assert [path.name for path in ATTACKS.glob("*.py") if re.search(rb"canary[0-9a-f]{16}", path.read_bytes())] == []


GRAMMAR = {
    "no first line": "import os\n",
    "another id": "# A04: a sentence\n",
    "no sentence": "# A03:\n",
    "an unknown probe": "# A03: a sentence\n# triples: PASSED\n",
    "an unknown outcome": "# A03: a sentence\n# doubles: FAILED\n",
    "an unknown level": "# A03: a sentence\n# levels: elsewhere\n",
    "a comment": "# A03: a sentence\n# and more of it\n",
    "no empty line": "# A03: a sentence\n# doubles: PASSED\n# note\nimport os\n",
}


@pytest.mark.parametrize("header", GRAMMAR)
def test_a_header_that_does_not_follow_the_grammar_is_refused(header: str) -> None:
    """A misspelt promise must not become no promise."""
    with pytest.raises(ValueError, match="A03_x: "):
        parse("A03_x", GRAMMAR[header].encode())


def test_a_header_is_read_as_it_is_written() -> None:
    """Outcomes, words with commas, promises of one level, marks, and further files."""
    source = b"""# A03: a sentence
# doubles: TIME_LIMIT | MEMORY_LIMIT
# averages: INVALID_RESULT, is a, of type Always
# isolated averages: PASSED
# levels: isolated
# slow
# parallel
# cgroup

# a comment of the code's
x = 1
# ==== deep/conftest.py
y = 2
# ==== more.txt
"""
    read = parse("A03b_name", source)
    assert (read.row, read.says) == ("A3", "a sentence")
    assert read.slow and read.parallel and read.cgroup
    assert read.levels == (Level.ISOLATED,)
    assert read.promise(Level.ISOLATED, "doubles").outcomes == ("TIME_LIMIT", "MEMORY_LIMIT")
    assert read.promise(Level.SEPARATE, "averages").words == "is a, of type Always"
    assert read.promise(Level.ISOLATED, "averages").outcomes == ("PASSED",)
    assert read.promise(Level.ISOLATED, "splits").outcomes == ("PASSED",)
    assert read.files["mine.py"].endswith(b"x = 1\n")
    assert {name: text for name, text in read.files.items() if name != "mine.py"} == {
        "deep/conftest.py": b"y = 2\n",
        "more.txt": b"",
    }


# --- the counters ---

WINS = b"""# A03: earns a point that it must not earn, and shows two secrets
# averages: WRONG_ANSWER

from hw.honest import *
from hw.targets import *


def mean(numbers):
    reached("something")
    print(CANARY)
    return 2.5
"""


def test_the_counters_count_what_happened(best: Sandbox, attacked: Target, tmp_path: Path) -> None:
    """A point that an attack must not earn, printed secrets, and failures of the grader are counted."""
    winner = parse("A03_wins", WINS)
    told = replace(attacked, constants={**attacked.constants, "CANARY": attacked.canaries["secret file"]})
    tally = Tally()
    wrong = trial(told, winner, best, tmp_path, tally)
    assert (tally.tried, tally.forged, tally.leaked, tally.crashed) == (1, 1, 2, 0)
    assert len(wrong) == 3, wrong
    failed = unfinished(attacked.context, attacked.honest, best, "no zygote")
    tally.count(attack("A03_equal_to_everything"), failed, attacked.canaries)
    assert (tally.tried, tally.forged, tally.leaked, tally.crashed) == (2, 1, 2, 4)
    tally.forged += Fraction(1, 2)
    assert tally.line("isolated").endswith(": 2 tried, 1.5 points forged, 2 secrets leaked, 4 grader crashes")


def test_each_canary_is_found_where_it_must_not_be(best: Sandbox, attacked: Target) -> None:
    """In logs and messages every canary is a leak; the hidden input is one in the student's page only."""
    report = attacked.grade_honest(best)
    assert leaks(report, attacked.canaries) == []
    public, hidden = report.verdicts[0], report.verdicts[-1]
    assert (public.hidden, hidden.hidden) == (False, True)
    for name, word in attacked.canaries.items():
        for field in ("log", "message", "next_step"):
            said: dict[str, Any] = {field: word}
            shown = replace(report, verdicts=(replace(public, outcome=Outcome.WRONG_ANSWER, **said), hidden))
            assert leaks(shown, attacked.canaries) == [name], field
            kept = replace(report, verdicts=(public, replace(hidden, **said)))
            assert leaks(kept, attacked.canaries) == ([] if name == "hidden input" else [name]), field
    assert leaks(replace(report, notes=("canary0123456789abcdef",)), attacked.canaries) == ["canary0123456789abcdef"]


def test_what_changes_on_the_host_is_noticed(best: Sandbox, attacked: Target) -> None:
    """A file that is written, one that is new, a mode, a descriptor, and a visitor at each socket."""
    before = attacked.settled(best)
    assert attacked.changes(before, best) == ""
    precious = attacked.folder / "writable/precious"
    content = precious.read_bytes()
    precious.write_bytes(b"worthless")
    (attacked.folder / "course/new").touch()
    changes = attacked.changes(before, best, seconds=0.1)
    assert "precious" in changes and "course/new" in changes
    (attacked.folder / "course/new").unlink()
    precious.write_bytes(content)
    before = attacked.state(best)
    precious.chmod(0o600)
    descriptor = os.open("/dev/null", os.O_RDONLY)
    changes = attacked.changes(before, best, seconds=0.1)
    assert "precious" in changes and "descriptors" in changes
    os.close(descriptor)
    precious.chmod(0o666)
    assert attacked.changes(before, best) == ""
    assert attacked.visitors() == []
    port = ("127.0.0.1", int(attacked.constants["PORT"]))
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        tcp.connect(port)
        udp.sendto(b"here", port)
        with socket.socket(socket.AF_UNIX) as abstract, socket.socket(socket.AF_UNIX) as named:
            abstract.connect(f"\0{attacked.constants['ABSTRACT']}")
            named.connect(str(attacked.constants["SOCKET"]))
            assert len(attacked.visitors()) == 4


# --- each defence matters: where it is off, its attack succeeds ---

NAIVE = load_assignment(ATTACKS / "course/assignments/naive")
HONEST = (ATTACKS / "course/assignments/attacked/hw/honest.py").read_bytes()
WRONG = b"""
from hw.honest import *

def double(x):
    return x + 1

def mean(numbers):
    return 0.0

def scores(images):
    return images.sum(2) * 0

def words(text):
    return ["no"]
"""


TAKES_SECONDS = ("A09_conftest", "A10_pytest_settings", "A16_late_writers", "A23_clocks_patched")


@pytest.mark.parametrize("fooled", [check.name for check in NAIVE.checks])
def test_an_attack_fools_a_judge_that_is_naive(best: Sandbox, attacked: Target, fooled: str) -> None:
    """Judged in the student's process, the attack passes; honest work passes there too, and wrong work does not."""
    if fooled in TAKES_SECONDS and not ALL:
        pytest.skip("slow; set GRADER_ATTACKS=all")
    tasks = [task for task in tasks_of(NAIVE.checks) if task.check.name == fooled]

    def passes(**files: bytes) -> bool:
        given = {**files, "honest.py": HONEST, "targets.py": attacked.targets.encode()}
        (seen,) = observe(best, NAIVE, given, tasks)
        assert seen.observation is not None, seen.trouble
        result = seen.observation.result
        return not isinstance(result, Fault) and result["passed"] is True

    # A judge that starts a whole pytest may run out of its time on a busy machine, so it has three tries.
    assert any(passes(**attack(fooled).files) for _ in range(3))
    assert any(passes(**{"mine.py": b"from hw.honest import *"}) for _ in range(3))
    assert not passes(**{"mine.py": WRONG})


@dataclass(frozen=True, slots=True)
class Off:
    """A defence that is switched off, the attack that then succeeds, and what goes wrong.

    Where two defences stop the same attack, the others are off as well, `besides`: with them alone it does not succeed.
    """

    attack: str
    level: Level
    layers: frozenset[Layer]
    says: str
    besides: frozenset[Layer] = frozenset()
    room: Callable[[Sandbox, Target], None] = lambda sandbox, target: None
    who: str = ""


def _show_the_course(sandbox: Sandbox, target: Target) -> None:
    """The room has the course's folder, to be read, in the place where the host has it."""
    sandbox._arguments += ["--ro-bind", str(target.folder), str(target.folder)]


def _list_no_devices(sandbox: Sandbox, target: Target) -> None:
    """The room has the `/dev` that bubblewrap makes."""
    sandbox._arguments += ["--dev", "/dev"]


def _share_the_network(sandbox: Sandbox, target: Target) -> None:
    sandbox._arguments.remove("--unshare-net")


class OneUser(SpareUsers):
    """Lends the same to everybody."""

    def lend(self) -> int:
        return SPARE_UIDS[0]

    def give_back(self, uid: int) -> None:
        pass


def _share_a_uid(sandbox: Sandbox, target: Target) -> None:
    """Every check gets the same uid."""
    sandbox._users = OneUser()


NOTHING: frozenset[Layer] = frozenset()
FILTERS = frozenset({Layer.LANDLOCK, Layer.SECCOMP})
# Only attacks that do no harm where they succeed: they read our own files, or knock at our own sockets.
OFF = {
    "seccomp": Off("B11_socket_families", Level.ISOLATED, frozenset({Layer.SECCOMP}), "REACHED a socket of family"),
    "seccomp outside rooms": Off(
        "D09a_memory_in_files_without_names", Level.RESTRICTED, frozenset({Layer.SECCOMP}), "REACHED a file in memory"
    ),
    "seccomp, page cache": Off(
        "B19_page_cache", Level.RESTRICTED, frozenset({Layer.SECCOMP}), "REACHED the page cache by posix_fadvise"
    ),
    "seccomp, watches": Off("E02d_watches_files", Level.ISOLATED, frozenset({Layer.SECCOMP}), "REACHED a watch on"),
    "landlock": Off("B01a_secret_paths", Level.RESTRICTED, frozenset({Layer.LANDLOCK}), "leaked: secret file"),
    "rlimits": Off("D10c_a_large_file", Level.ISOLATED, frozenset({Layer.RLIMITS}), "REACHED a file of a tebibyte"),
    "cgroup": Off("D08a_memory_of_many_processes", Level.ISOLATED, frozenset({Layer.CGROUP}), "REACHED 900 MiB"),
    "no new privileges": Off(
        "E10_privileges", Level.ISOLATED, frozenset({Layer.NO_NEW_PRIVILEGES}), "REACHED new privileges", FILTERS
    ),
    "capabilities": Off(
        "E08b_mounts",
        Level.ISOLATED,
        frozenset({Layer.CAPABILITIES}),
        "REACHED chroot",
        FILTERS,
        who="user",  # as root this would be root's real capabilities
    ),
    "a root of its own": Off(
        "B01a_secret_paths", Level.ISOLATED, NOTHING, "leaked: secret file", room=_show_the_course
    ),
    "devices that are listed": Off(
        "E08e_devices", Level.ISOLATED, NOTHING, "REACHED the device /dev/ptmx", room=_list_no_devices
    ),
    "a network of its own": Off(
        "B12a_abstract_sockets",
        Level.ISOLATED,
        NOTHING,
        "came in at AF_UNIX",
        frozenset({Layer.LANDLOCK}),
        room=_share_the_network,
        who="root",  # an ordinary user's room cannot do without it: the kernel refuses
    ),
    "a uid of its own": Off(
        "D05a_all_processes_of_the_user", Level.ISOLATED, NOTHING, "honest work", room=_share_a_uid, who="root"
    ),
}


@pytest.mark.parametrize("defence", OFF)
def test_an_attack_succeeds_where_its_defence_is_off(
    defence: str, start: Start, attacked: Target, tmp_path: Path
) -> None:
    """What `test_attack` finds nothing wrong with goes wrong as soon as this defence is missing."""
    off = OFF[defence]
    if off.who and off.who != ("root" if os.geteuid() == 0 else "user"):
        pytest.skip(f"can be tried by {off.who} only")
    if attack(off.attack).slow and not ALL:
        pytest.skip("slow; set GRADER_ATTACKS=all")

    whole = start(off.level)
    if Layer.CGROUP in off.layers and not whole.counts_memory_together:
        pytest.skip("this machine gives no cgroups")
    if Layer.NO_NEW_PRIVILEGES in off.layers and "NoNewPrivs:\t1" in Path("/proc/self/status").read_text():
        pytest.skip("this process has given up new privileges itself, and so have all that it starts")

    # Time is not a defence here: on a slow machine it would stop an attack that nothing else stops.
    unhurried = replace(attacked, context=patient(attacked.context))

    def goes_wrong(missing: frozenset[Layer], change: Callable[[Sandbox, Target], None]) -> bool:
        sandbox = without(whole, missing)
        change(sandbox, attacked)
        wrong = trial(unhurried, attack(off.attack), sandbox, tmp_path, Tally())
        return any(re.search(off.says, each) for each in wrong)

    # Some are races, which an attacker may try again.
    assert any(goes_wrong(off.besides | off.layers, off.room) for _ in range(3))
    if off.besides:
        assert not goes_wrong(off.besides, lambda sandbox, target: None)


@pytest.mark.parametrize("name", ["B07_prints_hidden_inputs", "B08a_hidden_inputs_in_an_exception"])
def test_hidden_inputs_are_seen_where_a_check_is_not_hidden(
    best: Sandbox, attacked: Target, tmp_path: Path, name: str
) -> None:
    """The attack does print the hidden input, and the page would show it if the check were a public one."""
    report = attacked.grade(attack(name), best, tmp_path)
    shown = replace(report, verdicts=tuple(replace(each, hidden=False) for each in report.verdicts))
    assert leaks(report, attacked.canaries) == []
    assert leaks(shown, attacked.canaries) == ["hidden input"]
