"""The same checks as other graders run them: probe and criteria in one cold process with the student's code."""

import os
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from benchmarks.serving import checks_of
from grader.assignment.assignment import load_assignment
from grader.assignment.expected import load_expected
from grader.checks.seeds import of_seed
from grader.grading.tasks import Task, tasks_of
from grader.worker.portable_random import install_portable_dropout
from grader.worker.student_package import StudentPackage

COURSE, SUBMISSION = Path(os.environ["COURSE"]), Path(os.environ["SUBMISSION"])
ASSIGNMENT = load_assignment(COURSE / "assignments/cnn")
CHECKS = checks_of(ASSIGNMENT, os.environ["INPUTS"])
EXPECTED = load_expected(ASSIGNMENT, CHECKS)
LIBRARY = install_portable_dropout()

torch.set_num_threads(1)
sys.path.append(str(SUBMISSION))


@pytest.mark.parametrize("task", tasks_of(CHECKS), ids=lambda task: f"{task.check.name}-{task.case}")
def test_check(task: Task) -> None:
    """Every criterion of the check is met."""
    check, case = task.check, task.case
    data = ASSIGNMENT.data_file(check)
    given = load_file(data) if data else {}
    package = StudentPackage("hw", SUBMISSION, {})
    for seed in check.seeds or (None,):
        available = {
            "hw": package,
            "device": torch.device("cpu"),
            "data": given,
            "case": dict(check.cases[case]) if case else None,
            "seed": seed,
        }
        seen = check.probe(**{name: available[name] for name in check.arguments})
        plain = {name: value.detach() if isinstance(value, torch.Tensor) else value for name, value in seen.items()}
        for criterion in check.criteria:
            assert criterion(plain, of_seed(EXPECTED[check.name].values[case], seed), given) is None
