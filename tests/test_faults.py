"""Why a probe returned nothing, as the student reads it."""

from pathlib import Path

import pytest

from grader.core.verdict import Outcome
from grader.worker.faults import explain


@pytest.mark.parametrize(
    ("body", "outcome", "message"),
    [
        ("raise NotImplementedError", Outcome.NOT_ATTEMPTED, "`area` is not written yet in hw/mine.py:2"),
        ("raise NotImplemented", Outcome.NOT_ATTEMPTED, "`area` still has `raise NotImplemented` in hw/mine.py:2"),
        ("raise 3", Outcome.RUNTIME_ERROR,
         "TypeError in hw/mine.py:2 (area): exceptions must derive from BaseException"),
    ],
)  # fmt: skip
def test_what_marks_a_place_to_fill_in_is_not_attempted(
    tmp_path: Path, body: str, outcome: Outcome, message: str
) -> None:
    """By the usual word, and by its neighbour that Python cannot raise; another mistake is one."""
    names: dict[str, object] = {}
    exec(compile(f"def area():\n    {body}\n", tmp_path / "hw/mine.py", "exec"), names)
    with pytest.raises((NotImplementedError, TypeError)) as caught:
        names["area"]()  # type: ignore[operator]
    fault = explain(caught.value, tmp_path)
    assert (fault.outcome, fault.message) == (outcome, message)
