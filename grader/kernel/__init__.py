"""What the Linux kernel offers to confine a process: Landlock, seccomp, capabilities, namespaces."""
