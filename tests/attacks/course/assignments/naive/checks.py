"""Naive judges. Each bears the name of an attack that fools it; honest work passes it and wrong work does not.

The grader judges in another process, from plain values; these judge in the student's. They exist to show that the
attacks are real.
"""

import json
import math
import os
import pickle
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy
import torch

from grader import check, close, equal

NUMBERS = [1.0, 2.0, 4.5]
X = torch.arange(6.0).reshape(2, 3) + 1
RIGHT = X * 2
IMAGES = torch.eye(5).reshape(5, 5, 1)


def naive(probe):
    """A check that expects the probe's own judgement to be True."""
    return check(points=1, seconds=20, expect=[equal("passed")])(probe)


@naive
def A01a_exit_in_a_call(hw):
    """Passed is what ends with status 0."""
    if os.fork() == 0:
        try:
            os._exit(hw.mine.mean(NUMBERS) != 2.5)
        except SystemExit as end:
            os._exit(end.code)
    return {"passed": os.wait()[1] == 0}


@naive
def A02a_hard_exit(hw):
    """Passed is what ends with status 0."""
    if os.fork() == 0:
        os._exit(hw.mine.mean(NUMBERS) != 2.5)
    return {"passed": os.wait()[1] == 0}


@naive
def A03_equal_to_everything(hw):
    """The student's own object is asked whether it is equal."""
    return {"passed": hw.mine.mean(NUMBERS) == 2.5}


@naive
def A04_lying_subclasses(hw):
    """A subclass of float is calculated with, one of str is compared."""
    return {"passed": abs(hw.mine.mean(NUMBERS) - 2.5) < 1e-6 and hw.mine.words("one") == ["one"]}


@naive
def A05_tensor_subclass(hw):
    """A subclass of Tensor is compared by torch, which lets it decide."""
    return {"passed": torch.allclose(hw.mine.double(X), RIGHT)}


@naive
def A06_assert_close_patched(hw):
    """The comparison is torch's, in a process in which anybody can replace it."""
    seen = hw.mine.double(X)
    try:
        torch.testing.assert_close(seen, RIGHT)
    except AssertionError:
        return {"passed": False}
    return {"passed": True}


@naive
def A07_other_comparisons_patched(hw):
    """The same, with the standard library's comparison."""
    value = hw.mine.mean(NUMBERS)
    return {"passed": math.isclose(value, 2.5)}


@naive
def A08_builtins_patched(hw):
    """The same, with what is built in."""
    value = hw.mine.mean(NUMBERS)
    return {"passed": abs(value - 2.5) < 1e-6}


def by_pytest(hw):
    """pytest beside the files that were submitted."""
    for path in Path("../submission/hw").iterdir():
        shutil.copyfile(path, path.name)
    Path("test_mean.py").write_text("from hw.mine import mean\n\n\ndef test():\n    assert mean([1.0, 2.0, 4.5]) == 2.5\n")
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mean.py"]
    environment = {**os.environ, "PYTHONPATH": os.path.abspath("../submission")}
    return {"passed": hw.mine is not None and subprocess.run(run, env=environment).returncode == 0}


@naive
def A09_conftest(hw):
    """A conftest.py that is submitted is run."""
    return by_pytest(hw)


@naive
def A10_pytest_settings(hw):
    """Settings that are submitted are used."""
    return by_pytest(hw)


@naive
def A13_fake_output(hw):
    """The output is read for the judgement."""
    read, write = os.pipe()
    if os.fork() == 0:
        os.dup2(write, 1)
        print("ALL PASSED" if hw.mine.mean(NUMBERS) == 2.5 else "FAILED", flush=True)
        os._exit(0)
    os.close(write)
    with open(read) as output:
        return {"passed": "ALL PASSED" in output.read()}


@naive
def A16_late_writers(hw):
    """The last message counts, until the last writer is gone."""
    read, write = os.pipe()
    if os.fork() == 0:
        os.dup2(write, 3)
        os.write(3, b'{"values":{"mean":%.1f}}' % hw.mine.mean(NUMBERS))
        time.sleep(0.6)
        os._exit(0)
    os.close(write)
    with open(read, "rb") as messages:
        return {"passed": messages.read().endswith(b'{"mean":2.5}}')}


@naive
def A17_search_for_scores(hw):
    """The check that judges is an object in the student's process."""
    value = hw.mine.mean(NUMBERS)
    met = [each({"passed": value == 2.5}, {"passed": True}, {}) is None for each in A17_search_for_scores.criteria]
    return {"passed": all(met)}


@naive
def A18_scorer_replaced(hw):
    """The function that judges is one of the student's process."""
    value = hw.mine.mean(NUMBERS)
    return {"passed": close("mean")({"mean": value}, {"mean": 2.5}, {}) is None}


@naive
def A19_reference_patched(hw):
    """What is right is worked out in the student's process."""
    return {"passed": torch.equal(hw.mine.double(X), torch.mul(X, 2))}


@naive
def A20_claims(hw):
    """The submission says itself how good it is."""
    return {"passed": bool((hw.mine.scores(IMAGES).argmax(1) == torch.arange(5)).all())}


@naive
def A23_clocks_patched(hw):
    """The time is taken in the student's process."""
    began = time.time()
    value = hw.mine.mean(NUMBERS)
    return {"passed": value == 2.5 and time.time() - began < 2}


@naive
def A25_inputs_changed(hw):
    """The result is compared with an input that the submission may have changed."""
    x = X.clone()
    return {"passed": torch.equal(hw.mine.double(x), x * 2)}


@naive
def A29_lies_about_its_class(hw):
    """`isinstance` is asked, and the object answers."""
    value = hw.mine.mean(NUMBERS)
    return {"passed": isinstance(value, float) and float(value) == 2.5}


@naive
def A30_results_overwritten(hw):
    """The judgement is read from a file that the submission could write."""
    value, results = hw.mine.mean(NUMBERS), Path("results.json")
    if not results.exists():
        results.write_text(json.dumps({"outcome": "PASSED" if value == 2.5 else "WRONG_ANSWER"}))
    return {"passed": json.loads(results.read_text())["outcome"] == "PASSED"}


@naive
def C01_nan(hw):
    """Nothing is too far away."""
    return {"passed": not bool(((hw.mine.double(X) - RIGHT).abs() > 1e-6).any())}


@naive
def C02_infinity(hw):
    """The tolerance grows with what the submission returns."""
    seen = hw.mine.double(X)
    return {"passed": bool(((seen - RIGHT).abs() <= 1e-6 * seen.abs()).all())}


@naive
def C03_empty(hw):
    """All values that there are are right."""
    return {"passed": all(map(str.__eq__, hw.mine.words("one two"), ["one", "two"]))}


@naive
def C04b_a_single_row(hw):
    """Shapes need not be equal."""
    return {"passed": bool(numpy.allclose(hw.mine.mean(NUMBERS), 2.5))}


@naive
def C05a_whole_numbers(hw):
    """Types need not be equal."""
    return {"passed": bool((hw.mine.double(X) == RIGHT).all())}


@naive
def H01_pickles(hw):
    """What comes back is unpickled."""
    honest = pickle.dumps({"scores": int(hw.mine.mean(NUMBERS) != 2.5)}) if not hasattr(hw.mine, "PICKLE") else None
    return {"passed": pickle.loads(honest or hw.mine.PICKLE) == {"scores": 0}}
