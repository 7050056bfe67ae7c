"""One probe in a process of its own, without a sandbox, at a person's own terminal: `breakpoint()` works in it.

Started as `-m grader.worker.debug JSON`, by somebody who debugs their own code, and never to grade: nothing is judged.
The JSON is {"check", "assignment", "submission", "data", "package", "form", "notebook", "files", "modules",
"skip_calls", "pdb"}, the folders as absolute paths; the check is given as `check` or `check[case]`. It exits with 1
where the code raised and 2 where there is no such check.
"""

from __future__ import annotations

import difflib
import importlib
import json
import os
import pdb
import sys
import traceback
from collections.abc import Collection
from pathlib import Path

from grader.checks.checks import Check, load_probes
from grader.checks.probe_lines import lines_to_copy
from grader.core.text import visible
from grader.worker import faults
from grader.worker.torch_settings import settle_torch
from grader.worker.work import arguments_of, prepare, seed_generators, submitted_in

HERE, IMPORTLIB = Path(__file__).parent, Path(importlib.__file__).parent


def main() -> None:
    """Print the probe's lines, run it for each of its seeds, and print what it returns."""
    told = json.loads(sys.argv[1])
    sys.argv[:] = [""]
    kept = settle_torch()  # noqa: F841  the override of dropout lives as long as this reference
    submission, assignment = Path(told["submission"]), Path(told["assignment"])
    check, case = _found(load_probes(assignment), told["check"])
    name = check.name if case is None else f"{check.name}[{case}]"
    seeds = check.seeds or (None,)
    source = (assignment / check.file).read_text(encoding="utf-8")
    about = {"package": told["package"] if told["form"] == "package" else "", "modules": told["modules"]}
    data = Path(told["data"])
    lines = lines_to_copy(check, source, **about, case=case, seed=seeds[0], data=data / f"{check.data}.safetensors")
    where = "a cell of the notebook" if told["form"] == "notebook" else str(submission)
    print(f"# {name}, to copy; it runs in {where}\n{lines}\n# end of {name}\n", flush=True)
    os.chdir(submission)
    prepare(submission)
    for seed in seeds:
        if seed is not None:
            print(f"--- with seed {seed}", flush=True)
        try:
            seed_generators()
            submitted = submitted_in(told, submission)
            values = check.probe(**arguments_of(check, submitted, case=case, seed=seed, device="cpu", data=data))
        except BaseException as error:
            _tell(error, submission, told["files"], start_pdb=told["pdb"])
            sys.exit(1)
        for key, value in values.items():
            print(f"{key} = {value!r}")


def _found(checks: tuple[Check, ...], asked: str) -> tuple[Check, str | None]:
    """The check and the case; of several cases that nobody chose, the first. Exits where there is no such check."""
    for check in checks:
        for case in check.case_names:
            if asked in (check.name, f"{check.name}[{case}]"):
                return check, case
    near = difflib.get_close_matches(asked, [check.name for check in checks], 3, 0.5)
    sys.exit(
        _refused(f"there is no check `{visible(asked)}`; name one of {', '.join(near or (c.name for c in checks))}")
    )


def _refused(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


def _tell(error: BaseException, submission: Path, wanted: Collection[str], *, start_pdb: bool) -> None:
    """The traceback from the probe on, as Python shows it, what the grader makes of it, and a debugger there."""
    raised = error.__cause__ or error  # of a module that does not import, what it raised
    trace = raised.__traceback__
    while trace and trace.tb_next and _is_ours(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    traceback.print_exception(type(raised), raised, trace)
    fault = faults.explain(error, submission, wanted)
    print(f"\n{fault.message}\n{fault.next_step}".rstrip(), flush=True)
    if start_pdb and trace:
        pdb.post_mortem(trace)


def _is_ours(file: str) -> bool:
    """Whether a frame is of this package, or of what imports modules."""
    return Path(file).parent in (HERE, IMPORTLIB) or file.startswith("<frozen importlib")


if __name__ == "__main__":
    main()
