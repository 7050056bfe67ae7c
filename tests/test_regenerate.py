"""Regeneration: what becomes of the files of expected values, and which probes are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_course import write_assignment

from grader.assignment import expected as store
from grader.assignment.assignment import load_assignment
from grader.core.errors import AuthorError, UsageError
from grader.core.observation import Fault, Observation
from grader.core.verdict import Outcome
from grader.grading import reference_runs
from grader.grading.observe import observe
from grader.grading.regenerate import regenerate
from grader.grading.renewal import Change, Regenerated
from grader.grading.tasks import Observed
from grader.sandbox.sandbox import Sandbox

ONE_CHECK = '''
@check(points=1, seconds=5, expect=[close("scores", atol=1e-3)])
def learns(hw):
    """It learns."""
    torch.manual_seed(0)
    return {"scores": hw.mine.scores(torch.rand(3))}
'''
DOUBLES = {"__init__.py": "", "mine.py": "def scores(x):\n    return 2 * x\n"}


def _regenerate(home: Path, sandbox: Sandbox, *only: str, dry_run: bool = False) -> list[Regenerated]:
    return regenerate(load_assignment(home), sandbox, jobs=2, done=lambda name: None, only=only, dry_run=dry_run)


def _files(folder: Path) -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "expected").glob("*"))}


def _refused(home: Path, sandbox: Sandbox) -> tuple[str, ...]:
    """The problems for which nothing was regenerated."""
    with pytest.raises(AuthorError) as refusal:
        _regenerate(home, sandbox)
    assert _files(home) == {}
    return refusal.value.problems


def test_an_unchanged_tree_changes_no_byte(best: Sandbox, tiny_copy: Path) -> None:
    """Regenerating twice leaves every file of expected values as it was, to the byte."""
    home = tiny_copy / "assignments" / "tiny"
    before = _files(home)
    assert len(before) == 4
    assert {each.change for each in _regenerate(home, best)} == {Change.UNCHANGED}
    assert _files(home) == before


def test_a_new_assignment_gets_its_values(best: Sandbox, tmp_path: Path) -> None:
    """The first run says `new`, and what was saved is what the reference gave."""
    home = write_assignment(tmp_path, ONE_CHECK, reference=DOUBLES)
    assert _regenerate(home, best) == [Regenerated("learns", Change.NEW)]
    saved = store.load_expected(load_assignment(home), load_assignment(home).checks)["learns"]
    scores: Any = saved.values[None]["scores"]
    assert [round(float(score), 4) for score in scores] == [0.9925, 1.5364, 0.177]
    assert saved.spread == {"-": {"scores": 0.0}}


def test_a_changed_reference_is_reported_and_saved(best: Sandbox, tmp_path: Path) -> None:
    """Other values than before are told with the largest change, and written."""
    home = write_assignment(tmp_path, ONE_CHECK, reference=DOUBLES)
    _regenerate(home, best)
    before = _files(home)
    mine = tmp_path / "solutions/scratch/hw/mine.py"
    mine.write_text("def scores(x):\n    return 2 * x + 0.25\n")
    (result,) = _regenerate(home, best)
    assert result.change is Change.CHANGED
    assert result.largest == pytest.approx(0.25)
    assert _files(home) != before


def test_values_that_agree_are_confirmed_and_stay(best: Sandbox, tmp_path: Path) -> None:
    """A comment changes nothing; a change within a tenth of the tolerance keeps the file, which is noted beside it."""
    home = write_assignment(tmp_path, ONE_CHECK, reference=DOUBLES)
    _regenerate(home, best)
    before = _files(home)
    old = store.read(home / "expected" / "learns.safetensors")
    mine = tmp_path / "solutions/scratch/hw/mine.py"
    mine.write_text("# A remark.\ndef scores(x):\n    return 2 * x\n")
    assert _regenerate(home, best) == [Regenerated("learns", Change.UNCHANGED)]
    assert _files(home) == before
    mine.write_text("def scores(x):\n    return 2 * x + 1e-5\n")
    assert _regenerate(home, best) == [Regenerated("learns", Change.SAME_VALUES)]
    new = store.read(home / "expected" / "learns.safetensors")
    assert new.reference != old.reference
    confirmed = home / "expected" / "confirmed.json"
    content = confirmed.read_bytes()
    assert _files(home) == {**before, "confirmed.json": content}
    assert store.load_expected(load_assignment(home), load_assignment(home).checks)
    confirmed.write_text("{")
    with pytest.raises(AuthorError, match=r"confirmed\.json: damaged \(JSONDecodeError\); delete it, then run"):
        store.load_expected(load_assignment(home), load_assignment(home).checks)
    confirmed.write_bytes(content)
    file = home / "expected" / "learns.safetensors"
    store.write(file, replace(old, made={}))
    with pytest.raises(AuthorError, match="stale, the reference solution changed"):  # it was said of another file
        store.load_expected(load_assignment(home), load_assignment(home).checks)
    file.write_bytes(before["learns.safetensors"])
    mine.write_text(DOUBLES["mine.py"])
    assert _regenerate(home, best) == [Regenerated("learns", Change.SAME_VALUES)]
    assert _files(home) == before


def test_one_check_alone_and_a_run_that_writes_nothing(best: Sandbox, tiny_copy: Path) -> None:
    """What is asked for is told as if it were written; files of other checks are not even looked at."""
    home = tiny_copy / "assignments" / "tiny"
    (home / "expected" / "gone.safetensors").write_bytes(b"of no check")
    maths = tiny_copy / "solutions/tiny/hw/maths.py"
    maths.write_text(maths.read_text().replace("return x * x", "return x * x + 0.5"))
    before = _files(home)
    dry = _regenerate(home, best, "squares", dry_run=True)
    assert [(each.check, each.change, [*each.moved]) for each in dry] == [
        ("squares", Change.CHANGED, ["small", "large"])
    ]
    assert _files(home) == before
    assert _regenerate(home, best, "squares") == dry
    assert {name for name, content in _files(home).items() if content != before[name]} == {"squares.safetensors"}


def test_what_a_busy_machine_cut_short_is_tried_again(
    best: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, when nothing else runs; the other variants are not run again."""
    home = write_assignment(tmp_path, ONE_CHECK, reference=DOUBLES)
    ran: list[object] = []
    slow = Fault(Outcome.TIME_LIMIT, "stopped")

    def busy(*arguments: Any, **named: Any) -> Iterator[Observed]:
        ran.append(named["settings"])
        for each in observe(*arguments, **named):
            first = named["settings"] == {"seed": 1} and ran.count({"seed": 1}) == 1
            yield replace(each, observation=Observation(slow, 1.0)) if first else each

    monkeypatch.setattr(reference_runs, "observe", busy)
    assert _regenerate(home, best) == [Regenerated("learns", Change.NEW)]
    assert ran.count({"seed": 1}) == 2 and len(ran) == len(reference_runs.ALL) + 1


def test_old_values_that_the_reference_no_longer_meets_are_replaced(best: Sandbox, tmp_path: Path) -> None:
    """A function of the author's may compare exactly, where a tenth of a tolerance would be no change."""
    exact = """
    def same(seen, expected, given):
        return None if torch.equal(seen["scores"], expected["scores"]) else "others"

    @check(points=1, seconds=5, expect=[same])
    def learns(hw):
        'It learns.'
        return {"scores": hw.mine.scores(torch.ones(3))}
    """
    home = write_assignment(tmp_path, exact, reference=DOUBLES)
    _regenerate(home, best)
    (tmp_path / "solutions/scratch/hw/mine.py").write_text("def scores(x):\n    return 2 * x + 1e-5\n")
    (result,) = _regenerate(home, best)
    assert result.change is Change.CHANGED
    saved: Any = store.read(home / "expected" / "learns.safetensors").values[None]["scores"]
    assert float(saved[0]) > 2


def test_a_probe_that_does_not_repeat_is_refused(best: Sandbox, tmp_path: Path) -> None:
    """A value that comes from nothing seeded is an author's problem, and nothing is written."""
    unseeded = '''
    import os

    @check(points=1, seconds=5, expect=[close("scores")])
    def drifts(hw):
        """It drifts."""
        return {"scores": hw.mine.scores(torch.tensor(list(os.urandom(4))) * 1.0)}

    @check(points=1, seconds=5, expect=[close("scores")])
    def relies_on_us(hw):
        """Its generators begin alike in each process, and nowhere else."""
        return {"scores": hw.mine.scores(torch.rand(3))}
    '''
    problems = _refused(write_assignment(tmp_path, unseeded, reference=DOUBLES), best)
    for problem, begins in zip(problems, ("checks.py:7 drifts", "checks.py:12 relies_on_us"), strict=True):
        assert problem.startswith(f'{begins}: "scores" differs between two runs by ')
        assert problem.endswith("; seed what the probe draws")


def test_values_that_differ_in_company_are_refused(best: Sandbox, tmp_path: Path) -> None:
    """One run has all cases in one process; what another case has left there is in the values."""
    counted = (
        "import torch\n\ndef scores(x):\n    torch.calls = getattr(torch, 'calls', 0) + 1\n    return x + torch.calls\n"
    )
    reference = {"__init__.py": "", "mine.py": counted}
    checks = ONE_CHECK + ONE_CHECK.replace("learns", "learns_more")
    (problem,) = _refused(write_assignment(tmp_path, checks, reference=reference), best)
    assert problem.startswith('checks.py:11 learns_more: "scores" differs by 1 where cases share a process; ')


def test_badly_named_values_and_claims_are_refused_together(best: Sandbox, tmp_path: Path) -> None:
    """A criterion that reads what is not returned and a returned True are told in one go, and nothing is written."""
    claims = '''
    @check(points=3, seconds=5, expect=[close("score")])
    def learns(hw):
        """It learns."""
        return {"scores": hw.mine.scores(torch.ones(3)), "improved": True}
    '''
    assert _refused(write_assignment(tmp_path, claims, reference=DOUBLES), best) == (
        'checks.py:5 learns: the criterion close reads "score" but the probe returned improved, scores; '
        "use one of those",
        'checks.py:5 learns: "improved" is a claim and earns nothing; return what it is computed from',
    )


@pytest.mark.parametrize(
    ("mine", "words"),
    [
        ("def scores(x):\n    raise ValueError('no')\n", "the reference gets RUNTIME_ERROR (base): ValueError"),
        ("def scores(x):\n    return x / 0\n", "in the reference; expected values must be finite"),
        ("def scores(x):\n    return object()\n", "the reference gets INVALID_RESULT (base)"),
    ],
)
def test_a_reference_that_fails_is_refused(best: Sandbox, tmp_path: Path, mine: str, words: str) -> None:
    """What students could not be held to is the author's problem."""
    reference = {"__init__.py": "", "mine.py": mine}
    (problem,) = _refused(write_assignment(tmp_path, ONE_CHECK, reference=reference), best)
    assert problem.startswith("checks.py:5 learns: ")
    assert words in problem


def test_one_refused_check_keeps_all_files_as_they_are(best: Sandbox, tmp_path: Path) -> None:
    """Where one check is refused, the values of the others are not renewed either."""
    bad = ONE_CHECK.replace("learns", "fails").replace("scores(torch", "missing(torch")
    home = write_assignment(tmp_path, ONE_CHECK + bad, reference=DOUBLES)
    (problem,) = _refused(home, best)
    assert "fails" in problem


def test_a_file_without_a_check_is_removed(best: Sandbox, tiny_copy: Path) -> None:
    """A file of expected values whose check is gone goes too, and that is said."""
    home = tiny_copy / "assignments" / "tiny"
    orphan = home / "expected" / "gone.safetensors"
    orphan.write_bytes((home / "expected" / "greets.safetensors").read_bytes())
    assert Regenerated("gone", Change.REMOVED) in _regenerate(home, best)
    assert not orphan.exists()


def test_a_damaged_file_is_told_and_made_anew_once_it_is_gone(best: Sandbox, tmp_path: Path) -> None:
    """What cannot be read may have been imported, and is nothing that a run may throw away."""
    home = write_assignment(tmp_path, ONE_CHECK, reference=DOUBLES)
    _regenerate(home, best)
    before = _files(home)
    damaged = home / "expected" / "learns.safetensors"
    damaged.write_bytes(b"damaged")
    with pytest.raises(AuthorError, match=r"learns\.safetensors: damaged \(SafetensorError\); delete it, then"):
        _regenerate(home, best)
    damaged.unlink()
    assert _regenerate(home, best) == [Regenerated("learns", Change.NEW)]
    assert _files(home) == before


def test_a_file_to_submit_that_the_reference_lacks_is_told(best: Sandbox, tmp_path: Path) -> None:
    """A misspelt name in `files` would make every student's file missing."""
    home = write_assignment(tmp_path, ONE_CHECK, reference=DOUBLES)
    manifest = home / "assignment.toml"
    manifest.write_text(manifest.read_text().replace('"mine.py"', '"mine.py", "mien.py"'))
    with pytest.raises(UsageError, match=r": there is no hw/mien\.py; write it, or correct files in assignment\.toml$"):
        _regenerate(home, best)


def test_a_question_that_no_public_check_returns_is_told(best: Sandbox, tmp_path: Path) -> None:
    """With a misspelt id no student's answer would ever reach a person."""
    home = write_assignment(tmp_path, ONE_CHECK, reference=DOUBLES)
    with (home / "assignment.toml").open("a") as manifest:
        manifest.write('[[questions]]\nid = "why"\ntitle = "Why?"\nprompt = "Why?"\n')
        manifest.write('rubric = [{ points = 1, text = "It is so." }]\n')
    (problem,) = _refused(home, best)
    assert problem.startswith(
        'assignment.toml: no public check returns the answer to the question "why"; return {"why": ...} from'
    )


def test_without_a_reference_one_line_says_so(best: Sandbox, tmp_path: Path) -> None:
    """The line names the place where the reference was looked for."""
    home = write_assignment(tmp_path, ONE_CHECK)
    with pytest.raises(UsageError, match=r"^scratch: no reference solution at \.\./\.\./solutions/scratch; [^\n]+$"):
        _regenerate(home, best)


def test_draws_that_differ_between_machines_and_tight_limits_are_warned_of(best: Sandbox, tmp_path: Path) -> None:
    """An exponential draw takes another path on another maker's CPU; right code may take longer than the reference."""
    draws = ONE_CHECK.replace("torch.rand(3)", "torch.empty(3).exponential_()").replace("seconds=5", "seconds=1")
    busy = (
        "import time\n\ndef scores(x):\n    while time.process_time() - began < 0.3:\n        pass\n    return 2 * x\n"
    )
    reference = {**DOUBLES, "mine.py": f"{busy}\nbegan = time.process_time()\n"}
    (result,) = _regenerate(write_assignment(tmp_path, draws, reference=reference), best)
    exponential, limit = result.warnings
    assert "exponential" in exponential
    assert re.fullmatch(
        r"the reference takes [\d.]+ of 1 seconds, and right code may take longer; seconds=\d+ is 20 times as long",
        limit,
    )
