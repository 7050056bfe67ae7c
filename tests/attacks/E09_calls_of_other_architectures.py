# E09: calls the kernel in the ways of 32-bit and of x32 programs, whose numbers a filter might not know
# doubles: RUNTIME_ERROR
# averages: RUNTIME_ERROR, Bad system call

import ctypes
import mmap
import os
import platform
import signal

from hw.honest import *

GET_PID_32, GET_PID_X32 = 20, 0x40000000 | 39
CODE = bytes([0x53, 0xB8, GET_PID_32, 0, 0, 0, 0xCD, 0x80, 0x5B, 0xC3])  # push rbx; mov eax, 20; int 0x80; pop rbx; ret


def double(x):
    if platform.machine() != "x86_64":
        os.kill(os.getpid(), signal.SIGSYS)
    memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(CODE)
    code = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
    reached(f"process {code()} by a 32-bit call")
    return x * 2


def mean(numbers):
    if platform.machine() != "x86_64":
        os.kill(os.getpid(), signal.SIGSYS)
    ctypes.CDLL(None).syscall(ctypes.c_long(GET_PID_X32))
    reached("a call of x32 that was not the end")
    return sum(numbers) / len(numbers)
