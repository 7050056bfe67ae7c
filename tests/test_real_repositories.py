"""In 49 folders shaped like real repositories the work is found; what lies beside it costs nobody anything."""

from pathlib import Path

import pytest
from intake_class import MANIFEST
from lms_downloads import Builder, github, zips
from real_repositories import STUBS, repository

from grader.assignment.handout import Handout
from grader.submissions.intake import plan

SEEDS = range(49)


@pytest.mark.slow
@pytest.mark.parametrize("builder", [github, zips])
def test_the_work_is_found_in_every_repository(tmp_path: Path, builder: Builder) -> None:
    """At its place, whole, with its data, and in all of them; as clones, and as zips."""
    made = {f"s{seed}": repository(seed) for seed in SEEDS}
    source = builder({id: each.files for id, each in made.items()}, tmp_path / "class")
    found = plan(source, manifest=MANIFEST)
    assert (len(found.entries), found.quarantined) == (len(SEEDS), ())
    read = {entry.id: entry.read(MANIFEST, tmp_path / "work", Handout(STUBS)) for entry in found.entries}
    assert {id: each.problem for id, each in read.items() if each.problem} == {}
    assert {id: each.place for id, each in read.items()} == {id: each.home for id, each in made.items()}
    for id, each in made.items():
        assert {path: read[id].files.get(path) for path in each.work} == each.work, id


def test_the_repositories_have_all_kinds_of_clutter() -> None:
    """Each kind in some, none in all."""
    made = [repository(seed).files for seed in SEEDS]
    for part in (
        ".git/",
        "pyvenv.cfg",
        "node_modules/",
        "submission.zip",
        "handout.zip",
        "starter/",
        "(1).py",
        "data/",
    ):
        assert 10 < sum(any(part in path for path in files) for files in made) < 40, part
