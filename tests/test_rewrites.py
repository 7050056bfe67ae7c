"""Right solutions in another style: each is a table of `solutions/<assignment>/rewrites.toml`, and gets full marks."""

from pathlib import Path

import pytest
from wrong_solutions import ROOT, Contexts, Graded, Rewrite, read_rewrites, tried

from grader.core.verdict import Outcome

REWRITES = [
    each for path in sorted(ROOT.glob("solutions/*/rewrites.toml")) for each in tried(read_rewrites(path.parent))
]


@pytest.mark.long
@pytest.mark.timeout(1800)  # the first waits for all
@pytest.mark.parametrize("rewrite", REWRITES, ids=[f"{rewrite.solution.name}-{rewrite.how}" for rewrite in REWRITES])
def test_a_right_rewrite_gets_full_marks(rewrite: Rewrite, contexts: Contexts, graded: Graded) -> None:
    """Style costs nothing: neither names, nor modules or functions, nor the kind of number."""
    report = graded(rewrite)
    failed = {each.name: each.message for each in report.verdicts if each.outcome is not Outcome.PASSED}
    assert failed == {}
    assert report.points == contexts(rewrite.solution.name).assignment.max_points


def test_a_rewrite_says_how_it_differs(tmp_path: Path) -> None:
    """Without `why` it is refused, in a sentence that names the file, the table and the key."""
    (tmp_path / "rewrites.toml").write_text("[loop]\nold = 'x'\nnew = 'y'\n")
    with pytest.raises(ValueError, match=r"rewrites\.toml: loop: `why`: Field required"):
        read_rewrites(tmp_path)
