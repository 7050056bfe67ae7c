"""A throw-away environment for each peer: its packages from the registry, torch and all else from grader's."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.place import Peer

SECONDS = 1200


@dataclass(frozen=True)
class Environment:
    """Its Python, and what was installed; or pip's reason why not."""

    python: Path
    versions: str = ""
    problem: str = ""


def make(peer: Peer, folder: Path) -> Environment:
    """Install the peer, unless it needs nothing.

    grader's packages are shown only afterwards, and come last on the path: pip would take theirs for the peer's.
    """
    if not peer.PACKAGES:
        return Environment(Path(sys.executable))
    python = folder / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *peer.PACKAGES]
        done = subprocess.run(pip, capture_output=True, text=True, check=False, timeout=SECONDS)
        if done.returncode:
            return Environment(python, problem=pip_reason(done.stderr))
    own = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    (own / "zz_grader.pth").write_text(sysconfig.get_path("purelib") + "\n")
    ask = "import sys, importlib.metadata as m; print(*(f'{p} {m.version(p)}' for p in sys.argv[1:]), sep=', ')"
    asked = subprocess.run([str(python), "-c", ask, *peer.PACKAGES], capture_output=True, text=True, check=True)
    return Environment(python, versions=asked.stdout.strip())


def pip_reason(said: str) -> str:
    """The last error in what pip wrote."""
    errors = [line for line in said.splitlines() if line.startswith("ERROR: ")]
    return (errors or said.splitlines() or ["pip failed and said nothing"])[-1].removeprefix("ERROR: ")
