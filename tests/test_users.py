"""Users lent to checks: never the same to two."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grader.core.errors import SandboxError, UsageError
from grader.sandbox import users as spare_users
from grader.sandbox.users import SPARE_UIDS, SpareUsers

BORROWER = """
import sys
from pathlib import Path
from grader.sandbox.users import SpareUsers
users = SpareUsers(Path(sys.argv[1]))
print(*(users.lend() for _ in range(100)), flush=True)
sys.stdin.read()
"""


@pytest.mark.process
def test_two_graders_never_lend_the_same_user_and_one_that_was_killed_frees_its_own(tmp_path: Path) -> None:
    """Drawn at random, 100 and 100 of 256 would meet; a killed grader gives nothing back itself."""
    command = [sys.executable, "-c", BORROWER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        theirs = set(map(int, other.stdout.readline().split()))
        users = SpareUsers(tmp_path)
        ours = {users.lend() for _ in range(len(SPARE_UIDS) - 100)}
        assert len(theirs) == 100
        assert ours | theirs == set(SPARE_UIDS)
        os.kill(other.pid, signal.SIGKILL)
    assert {users.lend() for _ in range(100)} == theirs


def test_a_user_given_back_is_lent_again_and_none_is_an_error_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting has an end, and says what to do."""
    monkeypatch.setattr(spare_users, "FREE_SECONDS", 0.2)
    users = SpareUsers(tmp_path)
    lent = [users.lend() for _ in SPARE_UIDS]
    with pytest.raises(SandboxError, match="use fewer jobs"):
        users.lend()
    users.give_back(lent[7])
    assert users.lend() == lent[7]


def test_a_machine_without_a_place_for_the_locks_is_told(tmp_path: Path) -> None:
    """One sentence, no traceback."""
    (tmp_path / "run").write_bytes(b"")
    with pytest.raises(UsageError, match="run: cannot be created"):
        SpareUsers(tmp_path / "run")
