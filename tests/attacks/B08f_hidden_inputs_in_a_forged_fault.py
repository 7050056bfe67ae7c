# B08: sends a fault of its own making that is the input of the hidden check: message, advice, place, missing module
# splits: RUNTIME_ERROR

import json
import os

from hw.honest import *


def words(text):
    fault = {"outcome": "RUNTIME_ERROR", "message": text, "next_step": text, "place": f"{text}.py:1", "missing_module": text.split()[-1]}
    header = json.dumps({"fault": fault}).encode()
    os.write(3, len(header).to_bytes(8, "big") + bytes(8) + header)
    os._exit(0)
