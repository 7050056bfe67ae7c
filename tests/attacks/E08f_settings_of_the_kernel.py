# E08: opens the kernel's settings and its controls for writing

import glob
import os

from hw import honest
from hw.honest import *

PATHS = ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/vm/overcommit_memory", "/proc/kcore"]
PATHS += ["/proc/sys/kernel/ns_last_pid", "/proc/sysrq-trigger", "/proc/self/clear_refs", "/proc/self/timerslack_ns"]
PATHS += ["/proc/sys/fs/binfmt_misc/register", "/proc/1/oom_score_adj", "/proc/self/coredump_filter", "/proc/self/comm"]
PATHS += ["/proc/self/uid_map", "/proc/self/setgroups", "/proc/self/attr/current", "/proc/self/sched", "/proc/irq/0"]
PATHS += ["/sys/kernel/uevent_helper", "/sys/power/state", "/sys/fs/cgroup/cgroup.procs", "/sys/kernel/debug"]


def double(x):
    try:
        os.listdir("/sys/fs/cgroup")
        reached("the control groups")
    except OSError:
        pass
    own = glob.glob("/sys/fs/cgroup/**/cgroup.procs", recursive=True)
    for path in PATHS + glob.glob("/proc/sys/net/*/*") + own[:100]:
        try:
            os.close(os.open(path, os.O_WRONLY))
            reached(path)
        except OSError:
            pass
    return honest.double(x)
