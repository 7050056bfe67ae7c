"""The file of --cluster-config: which jobs of Slurm become workers.

jobs = 8
cores = 4              # of each job: so many submissions at a time
memory = "16G"         # of each job
walltime = "02:00:00"
partition = "gpu"
"""

from __future__ import annotations

import difflib
import re
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from grader.core.errors import UsageError
from grader.core.text import printable

# Options of sbatch that have no key of their own. The rest is set here, or would change what a job is.
OPTIONS = {
    "begin", "comment", "constraint", "exclude", "exclusive", "gres", "licenses", "mail-type", "mail-user", "nice",
    "nodelist", "prefer", "priority", "qos", "reservation", "tmp", "wckey",
}  # fmt: skip
_OPTION = re.compile(r"--([a-z-]+)(=[ -~]+)?")


def _is_option(text: str) -> str:
    written = _OPTION.fullmatch(text)
    if not written or written[1] not in OPTIONS:
        raise ValueError
    return text


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.,:@-]{0,63}$")]
Folder = Annotated[str, Field(pattern=r"^/[^%\x00-\x1f\x7f]*$")]  # Slurm replaces what follows a %
Option = Annotated[str, AfterValidator(_is_option)]


class SlurmConfig(BaseModel):
    """The file, as written. What a field says of itself is what a person is told to write."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    jobs: int = Field(ge=1, le=1000, description="how many jobs, from 1 to 1000")
    cores: int = Field(default=1, ge=1, le=1024, description="how many cores each job has, from 1 to 1024")
    memory: str = Field(pattern=r"^[1-9][0-9]{0,6}[MGT]$", description='the memory of each job, such as "4G"')
    walltime: str | None = Field(
        default=None, pattern=r"^([0-9]+-)?[0-9]{1,3}:[0-9]{2}:[0-9]{2}$", description='a time such as "02:00:00"'
    )
    partition: Name | None = Field(default=None, description="the name of a partition; `sinfo` shows them")
    account: Name | None = Field(default=None, description="the name of an account; `sacctmgr show assoc` shows them")
    interface: Name | None = Field(
        default=None, description='the network of all machines, yours included, such as "ib0"; `ip link` shows them'
    )
    local_directory: Folder | None = Field(
        default=None, description='an absolute path without %, to a disk of the node, such as "/tmp"'
    )
    shared_directory: Folder | None = Field(
        default=None, description="an absolute path without %, to a folder that all nodes see"
    )
    log_directory: Folder | None = Field(
        default=None, description="an absolute path without %, to a folder for what the jobs say"
    )
    python: Folder = Field(
        default=sys.executable, description="the absolute path of the Python on the nodes that has grader"
    )
    options: list[Option] = Field(
        default=[], description=f'a list such as ["--qos=low"], of sbatch\'s options {", ".join(sorted(OPTIONS))}'
    )

    @property
    def slots(self) -> int:
        """How many submissions can be graded at a time where all jobs run."""
        return self.jobs * self.cores


def read_config(path: Path) -> SlurmConfig:
    """What the file says. Raises `UsageError` with the first problem."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); name a file for --cluster-config") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not TOML ({error}); fix the file") from None
    try:
        return SlurmConfig.model_validate(written)
    except ValidationError as error:
        raise UsageError(f"{path}: {_told(str(error.errors()[0]['loc'][0]), written)}") from None


def _told(key: str, written: dict[str, Any]) -> str:
    """What is wrong with a key, as `where: what; do this`."""
    field = SlurmConfig.model_fields.get(key)
    if field is None:
        near = difflib.get_close_matches(key, SlurmConfig.model_fields, 1)
        known = f"did you mean {near[0]}?" if near else f"there are {', '.join(SlurmConfig.model_fields)}"
        return f"{printable(key)}: there is no such key; {known}"
    what = f"cannot be {printable(repr(written[key]), 60)}" if key in written else "is missing"
    return f"{key}: {what}; write {field.description}"
