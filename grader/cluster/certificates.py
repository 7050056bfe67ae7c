"""The certificate by which scheduler, workers and teacher know each other, and its key.

FOLDER/cluster.pem       the certificate, signed by its own key: who shows it belongs to the cluster
FOLDER/cluster-key.pem   the key; who has it runs code as everybody else who has it

Dask does not tell roles apart, so neither does this: one pair for all machines of a cluster, good for a year.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from grader.core.errors import UsageError

CERTIFICATE, KEY = "cluster.pem", "cluster-key.pem"


def make_certificates(folder: Path) -> list[Path]:
    """Write a new pair, which only this user can read. Raises `UsageError` where one is there already."""
    from distributed.security import Security

    made = Security.temporary()
    content = {KEY: made.tls_scheduler_key, CERTIFICATE: made.tls_scheduler_cert}
    for name in content:
        if (folder / name).exists():
            raise UsageError(f"{folder / name}: is there already; a cluster may be using it, so name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in content.items():
        with open(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123
            file.write(text)
    return [folder / CERTIFICATE, folder / KEY]


def security(folder: Path) -> Any:
    """What Dask needs of the pair in a folder, as a `distributed.Security`. Raises `UsageError`."""
    from distributed.security import Security

    certificate, key = folder / CERTIFICATE, folder / KEY
    for path in (certificate, key):
        if not path.is_file():
            raise UsageError(f"{path}: is not there; copy it from the machine of `grader cluster certs`")
    roles = ("client", "scheduler", "worker")
    certificates = {f"tls_{role}_cert": str(certificate) for role in roles}
    keys = {f"tls_{role}_key": str(key) for role in roles}
    return Security(require_encryption=True, tls_ca_file=str(certificate), **certificates, **keys)
