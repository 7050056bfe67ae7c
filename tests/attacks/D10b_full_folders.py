# D10: fills its own folders until nothing goes in any more, by files, by holes, by one large file
# doubles: RUNTIME_ERROR, Errno
# levels: isolated
# slow


from hw.honest import *


def double(x):
    with open("hole", "wb") as file:
        file.truncate(100 << 20)
    for number in range(3000):
        with open(f"{number}", "wb") as file:
            file.write(bytes(1 << 20))
    reached("3 GiB of files")
    return x * 2
