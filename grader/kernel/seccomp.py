"""The system calls that student code may not make, as a seccomp filter compiled once and put on by every fork.

Everything else is allowed: a list of what Python, torch, BLAS, CUDA and their threads call would be wrong on the next
version. What is refused is what reaches other processes or the machine, what no limit counts, and the parts of the
kernel in which its holes are found. A refused call fails with an error that Python raises; only calls in the way of
another architecture (32 bit, x32), which would slip past the numbers below, kill the process.
"""

from __future__ import annotations

import errno
import tempfile

import pyseccomp
from pyseccomp import ALLOW, ERRNO, KILL_PROCESS, MASKED_EQ, NE, Arg, Attr

from grader.core.limits import Level
from grader.kernel.process import CLONE_NEWUSER, OF_A_ROOM

REFUSED = {
    "namespaces and mounts": "unshare setns mount umount2 pivot_root chroot open_tree move_mount fsopen fsconfig"
    " fsmount fspick mount_setattr mknod mknodat open_by_handle_at name_to_handle_at",
    "other processes": "ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp pidfd_getfd"
    " move_pages migrate_pages",
    "memory that no limit counts, and what outlives its maker": "memfd_create memfd_secret shmget shmat shmctl"
    " semget semop semtimedop semctl msgget msgsnd msgrcv msgctl mq_open mq_unlink",
    "wide doors into the kernel": "io_uring_setup io_uring_enter io_uring_register io_setup bpf perf_event_open"
    " userfaultfd add_key request_key keyctl personality modify_ldt map_shadow_stack fanotify_init fanotify_mark"
    " lookup_dcookie landlock_create_ruleset landlock_add_rule landlock_restrict_self",
    "the machine": "quotactl quotactl_fd swapon swapoff reboot kexec_load kexec_file_load init_module finit_module"
    " delete_module acct settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname syslog iopl ioperm"
    " vhangup nfsservctl uselib ustat sysfs",
}
# Landlock does not rule these, and at the level `restricted` the files of others are in sight.
REFUSED_OUTSIDE_ROOMS = (
    "chmod fchmod fchmodat chown fchown lchown fchownat utime utimes futimesat utimensat"
    " setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr inotify_init inotify_init1"
    " bind connect listen accept accept4"
)
# By number, as libseccomp 2.5 does not know the names: statmount, listmount, lsm_set_self_attr.
STATMOUNT, LISTMOUNT, LSM_SET_SELF_ATTR, FCHMODAT2 = 457, 458, 460, 452
# Calls newer than this list (Linux 6.13 and later): to us they do not exist yet.
NEWER = range(463, 512)

CLONE_PARENT = 0x8000
TIOCSTI, TIOCLINUX, TIOCSETD = 0x5412, 0x541C, 0x5423  # typing into a terminal
# Requests to file systems, by their type: attributes, verity, versions, of a file that is open for reading only.
OF_FILES, TYPE = (0x66, 0x76, 0x58, 0x94), 0xFF00
F_SETLEASE, F_NOTIFY = 1024, 1026  # having others wait for a file, and watching a folder
AF_UNIX, SOCK_KIND, SOCK_DGRAM, SOCK_RAW = 1, 0xF, 2, 3
PRIO_PROCESS, IOPRIO_WHO_PROCESS = 0, 1


def compiled(level: Level) -> bytes:
    """The filter for a level as BPF instructions, to be put on by `confinement.filter_system_calls`."""
    calls = pyseccomp.SyscallFilter(defaction=ALLOW)
    calls.set_attr(Attr.ACT_BADARCH, KILL_PROCESS)
    for names in REFUSED.values():
        _refuse(calls, *names.split())
    _refuse(calls, STATMOUNT, LISTMOUNT, LSM_SET_SELF_ATTR)
    for number in NEWER:
        calls.add_rule(ERRNO(errno.ENOSYS), number)
    calls.add_rule(ERRNO(errno.ENOSYS), "clone3")  # its flags are in memory, out of sight; libraries then take `clone`
    for flag in (*OF_A_ROOM, CLONE_NEWUSER, CLONE_PARENT):
        calls.add_rule(ERRNO(errno.EPERM), "clone", Arg(0, MASKED_EQ, flag, flag))
    for request in (TIOCSTI, TIOCLINUX, TIOCSETD):
        calls.add_rule(ERRNO(errno.EPERM), "ioctl", Arg(1, MASKED_EQ, 0xFFFFFFFF, request))
    for kind in OF_FILES:
        calls.add_rule(ERRNO(errno.EPERM), "ioctl", Arg(1, MASKED_EQ, TYPE, kind << 8))
    for command in (F_SETLEASE, F_NOTIFY):
        calls.add_rule(ERRNO(errno.EPERM), "fcntl", Arg(1, MASKED_EQ, 0xFFFFFFFF, command))
    for call in ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr"):
        calls.add_rule(ERRNO(errno.EPERM), call, Arg(0, NE, 0))  # 0 is itself
    for call, process in (("setpriority", PRIO_PROCESS), ("ioprio_set", IOPRIO_WHO_PROCESS)):
        calls.add_rule(ERRNO(errno.EPERM), call, Arg(0, NE, process))
        calls.add_rule(ERRNO(errno.EPERM), call, Arg(1, NE, 0))
    calls.add_rule(ERRNO(errno.EAFNOSUPPORT), "socketpair", Arg(0, NE, AF_UNIX))
    if level is Level.ISOLATED:
        calls.add_rule(ERRNO(errno.EAFNOSUPPORT), "socket", Arg(0, NE, AF_UNIX))
    else:
        _refuse(calls, *REFUSED_OUTSIDE_ROOMS.split(), FCHMODAT2)
        # The sockets of a desktop session or a container service are ways out, and their names cannot be filtered.
        calls.add_rule(ERRNO(errno.EAFNOSUPPORT), "socket")
        for kind in (SOCK_DGRAM, SOCK_RAW):  # a datagram can be sent to any name, from a pair too
            calls.add_rule(ERRNO(errno.EAFNOSUPPORT), "socketpair", Arg(1, MASKED_EQ, SOCK_KIND, kind))
    with tempfile.TemporaryFile() as file:
        calls.export_bpf(file)
        file.seek(0)
        return file.read()


def _refuse(calls: pyseccomp.SyscallFilter, *names: str | int) -> None:
    for name in names:
        calls.add_rule(ERRNO(errno.EPERM), name)
