"""Eight submissions that are bad for whom they meet, and eight that forge their points.

Both are a right solution with something added. Those that forge have wrong networks as well: what a peer credits is
what they get beyond the same wrong networks alone. They know the tests' names, as students know those of a test file
that a traceback has shown them.
"""

from __future__ import annotations

from collections.abc import Mapping

Files = dict[str, str]
LEFT_BEHIND = "sleep 86399"
MEMORY = "3 GiB of memory"

AT_FIRST = "\nimport atexit, os, subprocess, sys\nfrom pathlib import Path\n"
ONCE = """
_right = part4_optim_hp

def part4_optim_hp():
    {}
    return _right()
"""
WRONG = """
import torch as _torch

def _wrong(forward):
    return lambda self, *given: forge(forward(self, *given) + 1)

def forge(result):
    return result

for _each in (CNN, ResidualBlock, ResidualBottleneckBlock, ResNet):
    _each.forward = _wrong(_each.forward)
"""

BAD: Mapping[str, str] = {
    "an endless loop": ONCE.format("while True: pass"),
    MEMORY: ONCE.format("held = [bytearray(os.urandom(1 << 20) * 64) for _ in range(48)]"),
    "`os._exit(0)` in a function": ONCE.format("os._exit(0)"),
    "`sys.exit(0)` at import": "sys.exit(0)\n",
    "a syntax error": "def part4_optim_hp(:\n",
    "256 MiB of output": ONCE.format("for _ in range(1 << 18): print('x' * 1023)"),
    "a child process left running": f"subprocess.Popen({LEFT_BEHIND.split()!r})\n",
    "files of others and tests deleted": """
def _delete():
    own = Path(__file__).resolve().parent
    places = [*own.parents[1:4], Path(os.environ.get("COURSE", "/nowhere"))]
    for place in places:
        wanted = ("*/*/hw/*.py", "*/*/*/hw/*.py", "*.py", "*.pt")
        for file in [file for pattern in wanted for file in place.glob(pattern)]:
            if own not in file.parents:
                try:
                    file.unlink()
                except OSError:
                    pass

_delete()
""",
}

FORGERIES: Mapping[str, str] = {
    "tensors that equal everything": """
class Same(_torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if func in (_torch.allclose, _torch.equal, _torch.Tensor.__eq__, _torch.Tensor.eq):
            return True
        return super().__torch_function__(func, types, args, kwargs or {})

def forge(result):
    return result.as_subclass(Same)
""",
    "`torch.allclose` patched": """
_torch.allclose = _torch.equal = _torch.testing.assert_close = lambda *given, **options: True
""",
    "the test's comparison replaced, through its frame": """
def forge(result):
    frame = sys._getframe()
    while frame := frame.f_back:
        if "met" in frame.f_globals:
            frame.f_globals["met"] = lambda *given: True
    return result
""",
    "expected values taken from the test's frame": """
def forge(result):
    frame = sys._getframe()
    while frame := frame.f_back:
        for value in (frame.f_locals.get("expected") or {}).values():
            if isinstance(value, _torch.Tensor) and value.shape == result.shape:
                return result * 0 + value
    return result
""",
    "expected values read from disk": """
def tensors(value):
    if isinstance(value, _torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from tensors(each)

def _saved():
    places = [os.environ.get("COURSE"), os.getcwd(), *Path(os.getcwd()).parents[:3]]
    for file in (file for place in places if place and place != "/" for file in Path(place).glob("*.pt")):
        return list(tensors(_torch.load(file)))
    return []

SAVED = _saved()

def forge(result):
    return next((result * 0 + each for each in SAVED if each.shape == result.shape), result)
""",
    "the test runner patched to run no test": """
import unittest
unittest.TestCase._callTestMethod = lambda self, method: None
if "_pytest.python" in sys.modules:
    sys.modules["_pytest.python"].Function.runtest = lambda self: None
if "otter" in sys.modules:
    from otter.test_files import exception_test
    exception_test.test_case.call_func = lambda self, env: None
elif "IPython" in sys.modules:
    from IPython import get_ipython
    async def _run_nothing(code, result=None, **options):
        return False
    if get_ipython():
        get_ipython().run_code = _run_nothing
""",
    "the results rewritten at exit": """
def _rewrite():
    import json, re
    place = Path(os.environ.get("COURSE", "/nowhere"))
    for file in place.glob("out/**/*.xml"):
        file.write_text(re.sub(r"(?s)(<testcase [^>]*[^/])>.*?</testcase>", r"\\1/>", file.read_text()))
    for file in place.glob("out/**/*.json"):
        results = json.loads(file.read_text())
        for test in results["tests"]:
            test["score"] = test["max_score"]
        file.write_text(json.dumps(results))

atexit.register(_rewrite)
""",
    "exit status 0 in the first test": """
def forge(result):
    os._exit(0)
""",
}


def bad(right: Files, name: str) -> Files:
    """The right solution with what makes it bad."""
    return {**right, "answers.py": right["answers.py"] + AT_FIRST + BAD[name]}


def wrong(right: Files, forgery: str = "") -> Files:
    """The right solution with wrong networks, and the forgery of this name."""
    return {**right, "cnn.py": right["cnn.py"] + AT_FIRST + WRONG + FORGERIES.get(forgery, "")}
