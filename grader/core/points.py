"""Points: exact numbers, in files as text such as "3/2"."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


class _ReadOnce:
    """How pydantic, which rooms need not import, reads points: a class has few different ones, and parsing is slow."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core.core_schema import no_info_before_validator_function

        return no_info_before_validator_function(_read, handler(source))


Points: TypeAlias = Annotated[Fraction, _ReadOnce]


def _read(written: Any) -> Any:
    return _parsed(written) if isinstance(written, str) else written


@lru_cache(maxsize=1 << 12)
def _parsed(written: str) -> Fraction | str:
    """The fraction; what is none is left to pydantic, which says so."""
    try:
        return Fraction(written)
    except (ValueError, ZeroDivisionError):
        return written
