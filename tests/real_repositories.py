"""Folders shaped like real repositories: the work somewhere, and beside it what people and tools leave there."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from lms_downloads import packed

STUBS = {"cnn.py": b"def conv(x):\n    raise NotImplementedError\n", "training.py": b"def train():\n    ...\n"}
HOMES = (
    "hw",
    "HW",
    "src/hw",
    "assignments/cnn/hw",
    "Deep Learning/my solution",
    "פרויקט/hw",
    "a/b/c/d/e/f/hw",
    "hw_final",
    "",
)
ENVIRONMENTS = (".venv", "venv", "env", "my env", "dl-course", "torch311")
DATA = {"vocab.json": b'["a"]', "more/labels.csv": b"1,2\n"}


@dataclass(frozen=True)
class Repository:
    """A student's files by path, the folder of the package among them, and what of that is to be graded."""

    files: Mapping[str, bytes]
    home: str
    work: Mapping[str, bytes]


def repository(seed: int) -> Repository:
    """One of as many as there are seeds; each has about half of what may lie beside the work."""
    chance = random.Random(seed)
    home = HOMES[seed % len(HOMES)]
    code = {
        "cnn.py": b"def conv(x):\n    return x + %d\n" % seed,
        "training.py": b"def train():\n    return %d\n" % seed,
    }
    work = code | {"helper.py": b"H = 1\n"} | (DATA if chance.random() < 0.5 else {})
    mine = {_at(home, name): content for name, content in work.items()}
    clutter = [each for kind in _clutter(home, mine, chance) for each in ([kind] if chance.random() < 0.5 else [])]
    return Repository({path: content for kind in clutter for path, content in kind.items()} | mine, home or ".", work)


def _at(home: str, name: str) -> str:
    return f"{home}/{name}" if home else name


def _clutter(home: str, mine: Mapping[str, bytes], chance: random.Random) -> list[dict[str, bytes]]:
    """Of each kind that may lie there, its files."""
    environment = chance.choice(ENVIRONMENTS)
    packages = f"{environment}/lib/python3.11/site-packages"
    given = {f"hw/{name}": content for name, content in STUBS.items()}
    return [
        {".git/config": b"[core]\n", ".git/objects/hw/cnn.py": b"", ".gitignore": b"*.pyc\n", ".github/ci.yml": b""},
        {
            f"{environment}/pyvenv.cfg": b"home = /usr\n",
            f"{packages}/hw/cnn.py": b"",
            f"{packages}/hw/training.py": b"",
        },
        {"node_modules/hw/cnn.py": b"", "node_modules/hw/training.py": b"", "package.json": b"{}"},
        {"README.md": b"# cnn\n", "requirements.txt": b"torch\n", "report.pdf": b"%PDF", "pyproject.toml": b""},
        {"submission.zip": packed(mine)},
        {_at(home, "hw.zip"): packed({f"hw/{path.rpartition('/')[2]}": content for path, content in mine.items()})},
        {"handout.zip": packed(given)},
        {f"starter/{path}": content.replace(b"\n", b"\r\n") for path, content in given.items()},
        {_at(home, "cnn (1).py"): STUBS["cnn.py"], _at(home, "cnn (Dana's conflicted copy).py"): b"x = 1\n"},
        {_at(home, f"checkpoints/epoch_{number}.bin"): bytes(50) for number in range(30)},
        {_at(home, ".ipynb_checkpoints/cnn-checkpoint.py"): b"", _at(home, "__pycache__/cnn.cpython-311.pyc"): b"\0"},
        {"explore.ipynb": b"{}", "notebooks/.ipynb_checkpoints/explore-checkpoint.ipynb": b"{}"},
        {f"data/images/{number}.png": b"\x89PNG" for number in range(300)},
        {_at(home, ".#cnn.py"): b"", _at(home, "#cnn.py#"): b"", _at(home, "cnn.py~"): b"", "scratch (2).py": b""},
        {"experiments/run1/training.py": b"x = 1\n", "tests/test_cnn.py": b"", "utils/cnn_utils.py": b""},
        {"טיוטה/ניסוי.py": b"", ".DS_Store": b"\0", "__MACOSX/hw/._cnn.py": b"", "Icon\r": b""},
    ]
