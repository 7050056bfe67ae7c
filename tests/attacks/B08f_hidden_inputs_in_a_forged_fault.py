# B08: sends a fault of its own making whose message and advice are the input of the hidden check
# splits: RUNTIME_ERROR

import json
import os

from hw.honest import *


def words(text):
    fault = {"outcome": "RUNTIME_ERROR", "message": text, "next_step": text}
    header = json.dumps({"fault": fault}).encode()
    os.write(3, len(header).to_bytes(8, "big") + bytes(8) + header)
    os._exit(0)
