"""The way to a cluster's scheduler: with certificates by TLS, without any only on this machine itself."""

from __future__ import annotations

import ipaddress
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from grader.cluster.certificates import security
from grader.core.errors import UsageError

CONNECT_SECONDS = 20
EXAMPLE = "write tls://HOST:8786"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a scheduler listens, and the folder with the certificate for it; None on this machine itself."""

    url: str
    certificates: Path | None

    @classmethod
    def checked(cls, url: str, certificates: Path | None) -> Self:
        """Of what was typed. Raises `UsageError` where it would be open to others."""
        try:
            parts = urlsplit(url)
            has_port = parts.port is not None
        except ValueError:
            raise UsageError(f"--cluster {url}: is not an address; {EXAMPLE}") from None
        if parts.scheme not in ("tls", "tcp") or not parts.hostname or not has_port:
            raise UsageError(f"--cluster {url}: is not an address; {EXAMPLE}")
        if parts.scheme == "tcp" and not _is_here(parts.hostname):
            raise UsageError(f"--cluster {url}: without TLS anybody on the way runs code as you; {EXAMPLE}")
        if parts.scheme == "tls" and certificates is None:
            raise UsageError(
                f"--cluster {url}: needs a certificate; name the folder of `grader cluster certs` by --cluster-certs"
            )
        return cls(url, certificates if parts.scheme == "tls" else None)


@contextmanager
def connected(address: Address) -> Iterator[Any]:
    """A `distributed.Client`. Raises `UsageError` where there is no connection."""
    import dask
    from distributed import Client

    for name in ("distributed", "tornado.application"):  # what goes wrong is told by the submissions that it costs
        logging.getLogger(name).setLevel(logging.CRITICAL)
    secure = security(address.certificates) if address.certificates else None
    with dask.config.set({"distributed.comm.timeouts.connect": CONNECT_SECONDS}):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of versions that differ, which is looked at here
                client = Client(address.url, security=secure, timeout=CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            raise UsageError(f"--cluster {address.url}: {_why(error)}") from None
        try:
            yield client
        finally:
            with suppress(OSError):  # it may be gone
                client.close()


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _why(error: Exception) -> str:
    causes = [str(error)]
    cause = error.__cause__ or error.__context__
    while cause and len(causes) < 5:
        causes.append(str(cause))
        cause = cause.__cause__ or cause.__context__
    if any("certificate" in each.lower() or "SSL" in each for each in causes):
        return "the scheduler has another certificate; give --cluster-certs the folder that it was started with"
    return f"no connection within {CONNECT_SECONDS} s; see whether `dask scheduler` runs there and the port is open"
