"""The command line: who uses which verb is one module each.

app          the entry point, and what becomes of errors
students     check, notebook
staff        intake, grade
grades       manual export, manual import, export, bundle
authors      regenerate, stubs, doctor
options      what verbs share
progress     what a batch tells while it runs

Exit codes: 0 done, 1 a check failed (`check` only), 2 it cannot be done as asked, 3 the grader itself failed.

Imports that bring torch stand inside the verbs, so that `--help` and a mistyped path answer at once.
"""

from grader.cli.app import main

__all__ = ["main"]
