"""The system calls that student code may not make, as a seccomp filter compiled once and put on by every fork.

Everything else is allowed: a list of what Python, torch, BLAS, CUDA and their threads call would be wrong on the next
version. What is refused is what reaches other processes or the machine, what lets processes signal each other, what no
limit counts, and the parts of the kernel in which its holes are found. A refused call fails with an error that Python
raises; only calls in the way of another architecture (32 bit, x32), which would slip past the numbers below, kill the
process.
"""

from __future__ import annotations

import errno
import platform

from grader.core.limits import Level
from grader.kernel.bpf import Bits, Differs, Rule, Test, compile_rules
from grader.kernel.call_numbers import MACHINES, NUMBERS
from grader.kernel.process import CLONE_NEWUSER, OF_A_ROOM

REFUSED = {
    "namespaces and mounts": "unshare setns mount umount2 pivot_root chroot open_tree move_mount fsopen fsconfig"
    " fsmount fspick mount_setattr statmount listmount mknod mknodat open_by_handle_at name_to_handle_at",
    "other processes": "ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp pidfd_getfd"
    " move_pages migrate_pages",
    "signals through what all share: the page cache, the disk, who opens which file": "fadvise64 readahead mincore"
    " cachestat sync syncfs sync_file_range inotify_init inotify_init1 inotify_add_watch",
    "memory that no limit counts, and what outlives its maker": "memfd_create memfd_secret shmget shmat shmctl"
    " semget semop semtimedop semctl msgget msgsnd msgrcv msgctl mq_open mq_unlink",
    "wide doors into the kernel": "io_uring_setup io_uring_enter io_uring_register io_setup bpf perf_event_open"
    " userfaultfd add_key request_key keyctl personality modify_ldt map_shadow_stack fanotify_init fanotify_mark"
    " lookup_dcookie landlock_create_ruleset landlock_add_rule landlock_restrict_self lsm_set_self_attr",
    "the machine": "quotactl quotactl_fd swapon swapoff reboot kexec_load kexec_file_load init_module finit_module"
    " delete_module acct settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname syslog iopl ioperm"
    " vhangup nfsservctl uselib ustat sysfs",
}
# Landlock does not rule these, and at the level `restricted` the files of others are in sight.
REFUSED_OUTSIDE_ROOMS = (
    "chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat"
    " setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr"
    " bind connect listen accept accept4"
)
# Calls newer than this list (Linux 6.13 and later): to us they do not exist yet.
NEWER = range(463, 512)

INT = 0xFFFFFFFF  # of these arguments the kernel takes 32 bits, whatever the upper ones are
CLONE_PARENT = 0x8000
TIOCSTI, TIOCLINUX, TIOCSETD = 0x5412, 0x541C, 0x5423  # typing into a terminal
# Requests to file systems, by their type: attributes, verity, versions, of a file that is open for reading only.
OF_FILES, TYPE = (0x66, 0x76, 0x58, 0x94), 0xFF00
MADV_COLD, MADV_PAGEOUT = 20, 21  # out of the page cache
F_SETLEASE, F_NOTIFY = 1024, 1026  # having others wait for a file, and watching a folder
AF_UNIX, SOCK_KIND, SOCK_DGRAM, SOCK_RAW = 1, 0xF, 2, 3
PRIO_PROCESS, IOPRIO_WHO_PROCESS = 0, 1


def compiled(level: Level) -> bytes:
    """The filter for a level as BPF instructions, to be put on by `process.filter_system_calls`."""
    machine = platform.machine()
    return compile_rules(rules(level, machine), machine)


def rules(level: Level, machine: str) -> list[Rule]:
    """What is refused at a level, on a machine of `MACHINES`."""
    made = [Rule(number, errno.ENOSYS) for number in NEWER]
    column = MACHINES.index(machine)

    def refuse(names: str, *tests: Test, error: int = errno.EPERM) -> None:
        numbers = (NUMBERS[name][column] for name in names.split())
        made.extend(Rule(number, error, tests) for number in numbers if number is not None)

    for names in REFUSED.values():
        refuse(names)
    refuse("clone3", error=errno.ENOSYS)  # its flags are in memory, out of sight; libraries then take `clone`
    for flag in (*OF_A_ROOM, CLONE_NEWUSER, CLONE_PARENT):
        refuse("clone", Bits(0, flag, flag))
    for request in (TIOCSTI, TIOCLINUX, TIOCSETD):
        refuse("ioctl", Bits(1, INT, request))
    for kind in OF_FILES:
        refuse("ioctl", Bits(1, TYPE, kind << 8))
    for command in (F_SETLEASE, F_NOTIFY):
        refuse("fcntl", Bits(1, INT, command))
    # As older kernels, which have neither: one flag tells whether a file's content is in the page cache.
    refuse("preadv2 pwritev2", Differs(5, 0), error=errno.EOPNOTSUPP)
    for advice in (MADV_COLD, MADV_PAGEOUT):
        refuse("madvise", Bits(2, INT, advice), error=errno.EINVAL)
    refuse("prlimit64 sched_setaffinity sched_setscheduler sched_setparam sched_setattr", Differs(0, 0))  # 0 is itself
    for call, process in (("setpriority", PRIO_PROCESS), ("ioprio_set", IOPRIO_WHO_PROCESS)):
        refuse(call, Differs(0, process))
        refuse(call, Differs(1, 0))
    refuse("socketpair", Differs(0, AF_UNIX), error=errno.EAFNOSUPPORT)
    if level is Level.ISOLATED:
        refuse("socket", Differs(0, AF_UNIX), error=errno.EAFNOSUPPORT)
    else:
        refuse(REFUSED_OUTSIDE_ROOMS)
        # The sockets of a desktop session or a container service are ways out, and their names cannot be filtered.
        refuse("socket", error=errno.EAFNOSUPPORT)
        for kind in (SOCK_DGRAM, SOCK_RAW):  # a datagram can be sent to any name, from a pair too
            refuse("socketpair", Bits(1, SOCK_KIND, kind), error=errno.EAFNOSUPPORT)
    return made
