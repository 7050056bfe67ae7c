# B08: while it is imported beside the hidden check, it reads that check's file and tells it as the reason it fails
# splits: RUNTIME_ERROR

from pathlib import Path

from hw.honest import *

for path in Path("../assignment").glob("hidden*"):
    raise ImportError(path.read_bytes().decode("latin-1"))
