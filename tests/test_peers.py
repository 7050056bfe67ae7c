"""The benchmark against other tools: what it reads of their results, and the page that it prints."""

from pathlib import Path

import pytest

from benchmarks.peers import __main__ as main
from benchmarks.peers import environments, gradescope_utils, hostile, nbgrader, page, plain_pytest
from benchmarks.peers.measure import Taken
from benchmarks.peers.ours import worth
from benchmarks.peers.page import Round, Row
from benchmarks.peers.place import Peer
from benchmarks.peers.trials import Trials
from grader.kernel import process


def taken(wall: float, processor: float, *, ended: bool = True) -> Taken:
    """What a class took."""
    return Taken(wall, processor, ended)


def row(name: str, *rounds: tuple[float, float]) -> Row:
    """One way to grade: for each round the seconds for ten submissions, and for two; processor time is twice that."""
    measured = [Round(10, taken(ten, 2 * ten), 2, taken(two, 2 * two)) for ten, two in rounds]
    return Row(name, "somehow", rounds=measured, memory=100.0)


def test_start_is_in_the_cost_but_not_in_that_of_a_further_submission() -> None:
    """Ten take 3 s of start and 1 s each, two 3 s and 2 s."""
    measured = Round(10, taken(13, 26), 2, taken(5, 10))
    assert (measured.wall, measured.processor) == (1.3, 2.6)
    assert (measured.further_wall, measured.further_processor) == (1.0, 2.0)


def test_ratios_are_of_each_round() -> None:
    """A busy machine slows both; the ratio of medians would be another."""
    baseline, other = row("baseline", (10, 2), (100, 20), (30, 6)), row("other", (20, 4), (100, 20), (90, 18))
    assert page.ratio(other, baseline, "wall") == 2
    assert page.median(other, "wall") == 9


def test_table_of_costs() -> None:
    """Figures of each, and pip's reason for one that could not be installed."""
    rows = [row("baseline", (10, 2)), row("other", (30, 6)), Row("third", "", problem="no matching distribution | x")]
    lines = page.costs(rows).splitlines()
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1
    assert lines[2].startswith("| baseline | 2.00 s | 1.00 s | 1.00 | 1.00 | 2.00 s | 1.00 s | 1.00 | 1.00 | 100 MiB |")
    assert lines[3].startswith("| other | 6.00 s | 3.00 s | 3.00 | 3.00 |")
    assert lines[4].startswith("| third | could not be installed: no matching distribution \\| x |")


def test_whatever_is_ahead_of_us_is_named() -> None:
    """By each figure, and only where it is ahead."""
    rows = [row("baseline", (10, 2)), row("ours", (30, 20)), row("fast start", (20, 4)), row("slow", (90, 20))]
    said = page.behind(rows, ["ours"])
    assert said == [
        "fast start is ahead of ours by processor time for each submission: 4.00 s and 6.00 s.",
        "fast start is ahead of ours by wall clock for each submission: 2.00 s and 3.00 s.",
    ]


@pytest.mark.parametrize(
    ("ended", "points", "other_is_right", "marks", "said"),
    [
        (True, 40.0, True, [], "yes"),
        (True, None, True, [], "no result for it"),
        (True, 0.0, False, [], "the other one lacks points"),
        (False, None, False, ["x"], "not over after 90 s; the other one lacks points; no result for it; x"),
    ],
)
def test_what_is_said_of_a_bad_submission(
    ended: bool, points: float | None, other_is_right: bool, marks: list[str], said: str
) -> None:
    """All that went wrong, or `yes`."""
    assert page.survival(taken(1, 1, ended=ended), 90, points, other_is_right, marks) == said


def test_what_is_said_of_a_forgery() -> None:
    """What it gained beyond the same code without it."""
    assert page.credit(32, 20) == "+12 points"
    assert page.credit(20, 20) == page.credit(15, 20) == "no"
    assert page.credit(None, 20) == "no result"


def test_results_of_pytest(tmp_path: Path) -> None:
    """The labels of those that passed; none where the file is not whole."""
    file = tmp_path / "results.xml"
    assert plain_pytest.passed(file) is None
    file.write_text(
        '<testsuites><testsuite><testcase name="test_cnn[a-1]" time="1"/><testcase name="test_cnn[b-all]"><failure/>'
        "</testcase></testsuite></testsuites>"
    )
    assert plain_pytest.passed(file) == ["a-1"]
    file.write_text("<testsuites><testsuite>")
    assert plain_pytest.passed(file) is None


def test_results_of_gradescope_and_otter(tmp_path: Path) -> None:
    """The sum of the scores."""
    file = tmp_path / "results.json"
    assert gradescope_utils.score(file) is None
    file.write_text('{"tests": [{"score": 1.5, "max_score": 2}, {"score": 2}, {"output": "of no test"}]}')
    assert gradescope_utils.score(file) == 3.5
    file.write_text('{"output": "failed"}')
    assert gradescope_utils.score(file) is None


def test_results_of_nbgrader() -> None:
    """Raw scores by student."""
    assert nbgrader.scores("assignment,student_id,raw_score,score\ncnn,a,41.0,30\ncnn,b,,\n") == {"a": 41.0, "b": None}


def test_results_of_ours() -> None:
    """Points are exact, as text."""
    assert worth("7/2") == 3.5
    assert worth(None) is None


def test_reason_of_pip() -> None:
    """Its last error, not its warnings."""
    said = "WARNING: x\nERROR: Could not find a version\nERROR: No matching distribution found for y\n"
    assert environments.pip_reason(said) == "No matching distribution found for y"
    assert environments.pip_reason("") == "pip failed and said nothing"


@pytest.mark.parametrize("name", hostile.FORGERIES)
def test_forgeries_are_python(name: str) -> None:
    """One that cannot be compiled would forge nothing anywhere."""
    compile(hostile.wrong({"cnn.py": ""}, name)["cnn.py"], name, "exec")


def test_the_page_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has each peer that was asked for, all hostile submissions, and the reason for a peer that is missing."""

    def environment(peer: Peer, folder: Path) -> environments.Environment:
        missing = "No matching distribution" if peer.NAME == "otter-grader" else ""
        return environments.Environment(folder, versions=f"{peer.NAME} 1.2.3", problem=missing)

    def run(self: Trials, way: Peer, python: Path, filled: Row) -> None:
        filled.survived = dict.fromkeys(hostile.BAD, "yes")
        filled.credited = dict.fromkeys(hostile.FORGERIES, "no")

    page_file = tmp_path / "page.md"
    monkeypatch.setattr("sys.argv", ["benchmarks.peers", "--write", str(page_file), "--peers", "xdist", "otter"])
    monkeypatch.setattr(environments, "make", environment)
    monkeypatch.setattr(main, "make_course", lambda *given: tmp_path)
    monkeypatch.setattr(main, "write_expected", lambda course: None)
    monkeypatch.setattr(process, "adopt_orphans", lambda: None)
    monkeypatch.setattr(main.Timing, "time", lambda self, way, python: Round(8, taken(8, 8), 2, taken(2, 2)))
    monkeypatch.setattr(main.Timing, "memory", lambda self, way, python: 100.0)
    monkeypatch.setattr(Trials, "run", run)
    main.main()
    lines = page_file.read_text().splitlines()
    for start in ("| baseline |", "| grader, without twins |", "| grader, with twins |", "| pytest-xdist |"):
        assert any(line.startswith(start) for line in lines), start
    assert any(line.startswith("| otter-grader | could not be installed: No matching distribution |") for line in lines)
    assert not any(line.startswith("| nbgrader |") for line in lines)
    for name in (*hostile.BAD, *hostile.FORGERIES):
        assert sum(line.startswith(f"| {name} |") for line in lines) == 1, name
    assert "| | grader, without twins | pytest-xdist |" in "\n".join(lines).replace("|  |", "| |")
    assert "{" not in page_file.read_text()
