"""Sends what a probe would return, without the work: the beginning of a file of a forging submission.

`ask` holds the functions of the assignment's forger, `PUBLISHED` the files of expected values that students have.
"""

import base64
import os
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

from grader.assignment.expected import read
from grader.checks.seeds import with_seed
from grader.core.wire import encode_values


def forge(claims, published):
    """Answer for the probe that has called us, and end this process. Returns where none has: the imports are tried."""
    probe, frame = None, sys._getframe(1)
    while frame is not None and frame.f_code.co_name != "_all_values":
        probe, frame = frame, frame.f_back
    if frame is None:
        return
    seeds = frame.f_locals["seeds"]
    while frame.f_code.co_name != "_one_case":
        frame = frame.f_back
    request, channel = frame.f_locals["request"], frame.f_locals["channel"]
    check, case = request["check"], request["case"]
    values = _looked_up(published[check], case, seeds) if check in published else None
    if values is None and check in claims:
        asked = SimpleNamespace(probes=SimpleNamespace(**probe.f_globals), case=None, data=None, seed=None)
        arguments = {name: probe.f_locals[name] for name in ("case", "data") if name in probe.f_locals}
        vars(asked).update(arguments)
        values = {} if seeds else claims[check](asked)
        for asked.seed in seeds:
            values |= with_seed(claims[check](asked), asked.seed)
    if values is None:
        raise NotImplementedError("nothing to claim")
    channel.send(encode_values(values, request["result_cap"]))
    os._exit(0)


def _looked_up(content, case, seeds):
    """The published values of a case; None where they are not of these seeds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "values"
        path.write_bytes(base64.b64decode(content))
        saved = read(path)
    return dict(saved.values[case]) if tuple(saved.seeds) == tuple(seeds) else None
