"""What Linux must give for the levels that shut students' code in, and why it does not."""

from __future__ import annotations

import os
import platform
import tempfile
from pathlib import Path

from grader.core.errors import SandboxError
from grader.core.limits import MIB
from grader.kernel import landlock
from grader.kernel.call_numbers import MACHINES
from grader.sandbox import bubblewrap
from grader.sandbox.room import BubblewrapRoom, private_folder, room_arguments, shown_by

APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
APPARMOR_REMEDY = (  # Ubuntu 24.04; from 25.04 on the profile is there and loaded
    "sudo sh -c 'apt install -y bubblewrap apparmor-profiles"
    " && cp /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/"
    " && apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict'"
)


def why_not_isolated() -> str | None:
    """Why there can be no bubblewrap rooms."""
    if reason := _unknown_machine():
        return reason
    if bubblewrap.find() is None:
        return "there is no bubblewrap for this machine; apt install bubblewrap (or your system's package of that name)"
    try:
        room = BubblewrapRoom({}, room_arguments(scratch=MIB))
    except OSError as error:
        return f"bubblewrap cannot be run ({error.strerror})"
    try:
        room.enter()
    except (SandboxError, OSError) as error:
        return f"{error}; {_remedy()}"
    finally:
        room.kill()
        room.remove()
    return None


def _remedy() -> str:
    """What most likely forbids namespaces here, and who can allow them."""
    if APPARMOR.exists() and APPARMOR.read_text().strip() != "0":
        return f"AppArmor denies user namespaces to ordinary programs; allow them for bubblewrap: {APPARMOR_REMEDY}"
    limit = Path("/proc/sys/user/max_user_namespaces")
    if limit.exists() and limit.read_text().strip() == "0":
        return "user namespaces are switched off; allow them: sudo sysctl user.max_user_namespaces=10000"
    return (
        "namespaces may be forbidden here, as in many containers; ask the administrator of this machine to allow them"
    )


def why_not_restricted() -> str | None:
    """Why Landlock and system call filters do not suffice."""
    if reason := _unknown_machine():
        return reason
    rooms = Path(tempfile.gettempdir())
    if bound := shown_by(rooms):
        return f"its rooms are made in {rooms}, which every room shows as part of {bound}; set TMPDIR to another folder"
    version = landlock.abi()
    if version == 0:
        return "the kernel has no Landlock, or has it switched off; use Linux 6.12 or later with landlock in lsm="
    if not landlock.has_scopes():
        return f"the kernel's Landlock (ABI {version}) cannot keep signals inside; use Linux 6.12 or later"
    if os.geteuid() == 0 and (shut := private_folder()):
        return (
            f"as root, student code runs as another user, who may not enter {shut}; "
            "start as an ordinary user, or install Python and grader where every user may enter, such as /opt"
        )
    return None


def _unknown_machine() -> str | None:
    if platform.machine() in MACHINES:
        return None
    return (
        f"grader knows the system calls of x86-64 and aarch64 only, not of {platform.machine()};"
        " use --sandbox separate for code that you trust"
    )
