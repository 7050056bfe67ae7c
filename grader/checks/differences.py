"""How a value differs from the expected one: what, how many, how much, where, what was allowed, and a likely cause.

The wording follows `torch.testing.assert_close`. All arithmetic is in float64 on plain tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import torch
from torch import Tensor

from grader.core.observation import Value
from grader.core.text import counted
from grader.core.verdict import Outcome

__all__ = ["Unmet"]

MIRRORED = 3  # so few values are in reverse by chance
FEW = 3  # a third of the layers: who left out batch norms has more
UNREGISTERED = "Are layers kept in a Python list or dict? They are not registered: use nn.ModuleList or nn.Sequential."


class Rank(IntEnum):
    """Of several criteria that are not met the lowest is told: what comes first explains what comes after it."""

    KIND = 0  # None, or of another type
    NONFINITE = 1
    LAYERS = 2  # parameters are missing
    SHAPE = 3
    VALUES = 4


@dataclass(frozen=True, slots=True)
class Unmet:
    """Why a criterion is not met: what differs, and what to do next. A `guess` is told beside a check's hint."""

    message: str
    next_step: str = ""
    outcome: Outcome = Outcome.WRONG_ANSWER
    rank: Rank = Rank.VALUES
    guess: str = ""


def difference(name: str, seen: Value, expected: Value, *, atol: float = 0.0, rtol: float = 0.0) -> Unmet | None:
    """How `seen` differs from `expected`, or None where `|seen - expected| <= atol + rtol * |expected|` everywhere.

    Type, shape and dtype must agree first, and what is finite in `expected` must be finite in `seen`. Numbers in lists
    are compared as float64; everything else exactly.
    """
    if isinstance(expected, Tensor):
        if not isinstance(seen, Tensor):
            return of_another_kind(name, seen, kind(expected))
        if seen.dtype != expected.dtype and seen.shape == expected.shape:
            return Unmet(
                f"`{name}` has dtype {_dtype(seen)}, expected {_dtype(expected)}",
                "Convert it with `.to(...)`.",
                rank=Rank.KIND,
            )
        return shape_difference(name, seen, expected) or _values_differ(name, seen, expected, atol, rtol)
    numbers, wanted = as_numbers(seen), as_numbers(expected)
    if wanted is not None:
        if seen is None:
            return of_another_kind(name, seen, kind(expected))
        if numbers is None:
            not_a_number = Unmet(
                f"`{name}` holds something that is not a number", "True and False do not count as numbers here."
            )
            return _exact_difference(name, seen, expected) or not_a_number
        if numbers.shape != wanted.shape:
            return Unmet(f"`{name}` is {_length(numbers)}, expected {_length(wanted)}", rank=Rank.SHAPE)
        exact = None if atol or rtol or seen == expected else Unmet(f"`{name}`: {first_difference(seen, expected)}")
        return _values_differ(name, numbers, wanted, atol, rtol) or exact  # float64 rounds large whole numbers
    return _exact_difference(name, seen, expected)


def of_another_kind(name: str, seen: Value, expected: str) -> Unmet:
    """What is there in the place of something of another kind. None has a cause of its own, before any hint's."""
    forgotten = "Does a function of yours end without `return`?" if seen is None else ""
    return Unmet(f"`{name}` is {kind(seen)}, expected {expected}", forgotten, rank=Rank.KIND)


def shape_difference(name: str, seen: Tensor, expected: Tensor) -> Unmet | None:
    """The difference in shape, with a guess at its cause."""
    got, wanted = tuple(seen.shape), tuple(expected.shape)
    if got == wanted:
        return None
    guess = ""
    if seen.numel() == expected.numel():
        if [n for n in got if n != 1] == [n for n in wanted if n != 1]:
            guess = "Only axes of length 1 differ: look for a missing or extra `squeeze`, `unsqueeze` or `keepdim`."
        elif sorted(got) == sorted(wanted):
            guess = "The same lengths in a different order: are two axes swapped?"
        else:
            guess = "The same number of values in a different shape: look at the `reshape` or `flatten`."
    elif len(got) == len(wanted) and got[1:] == wanted[1:]:
        guess = "Only the first axis (the batch) differs."
    elif len(got) == 4 and got[:2] == wanted[:2]:
        guess = "Only height and width differ: look at padding, stride and pooling."
    elif len(got) > 1 and len(got) == len(wanted) and got[1] != wanted[1]:
        guess = "The second axis (channels or classes) differs: look at the number of outputs of the last layer."
    return Unmet(f"`{name}` has shape {got}, expected {wanted}", rank=Rank.SHAPE, guess=guess)


def nonfinite(name: str, seen: Tensor) -> Unmet | None:
    """NaN or infinity in `seen`: how many, and where the first is."""
    bad = ~torch.isfinite(seen)
    count = int(bad.sum())
    if not count:
        return None
    what = "NaN" if bool(torch.isnan(seen).any()) else "infinity"
    first = f", the first at {_place(int(bad.flatten().to(torch.uint8).argmax()), seen)}" if seen.dim() else ""
    steps = "Look for a division by zero, a log of zero, or a loss that grew without bound."
    many = f"{count} of {counted(seen.numel(), 'value')} {'is' if count == 1 else 'are'}"
    return Unmet(f"`{name}` has {what}: {many} not finite{first}", steps, rank=Rank.NONFINITE)


def first_difference(seen: Value, expected: Value) -> str | None:
    """The first place where two lists, or two other values, differ; None where they agree. Used for evidence."""
    if isinstance(seen, list) and isinstance(expected, list):
        for index, (mine, theirs) in enumerate(zip(seen, expected, strict=False)):
            if mine != theirs:
                return f"number {index + 1}: yours {_short(mine)}, expected {_short(theirs)}"
        if len(seen) != len(expected):
            return f"yours has length {len(seen)}, expected {len(expected)}"
        return None
    if isinstance(seen, Tensor) or isinstance(expected, Tensor):
        unmet = difference("it", seen, expected)
        return unmet.message if unmet else None
    return None if seen == expected else f"yours {_short(seen)}, expected {_short(expected)}"


def kind(value: Value) -> str:
    """What a value is, with its article: `a tensor of shape (1, 10)`, `a list of 3`, `text`, `None`."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None:
        return "None"
    return {bool: "True or False", int: "a whole number", float: "a number", str: "text"}[type(value)]


def as_numbers(value: Value) -> Tensor | None:
    """A number or a regular nested list of numbers as a float64 tensor, else None. Booleans are not numbers."""

    def regular(node: Value) -> bool:
        if isinstance(node, list):
            return all(map(regular, node))
        return type(node) in (int, float)

    if not regular(value):
        return None
    try:
        return torch.tensor(value, dtype=torch.float64)
    except (ValueError, OverflowError, TypeError, RuntimeError):  # ragged, or an integer beyond float64
        return None


# --- values ---


def _values_differ(name: str, seen: Tensor, expected: Tensor, atol: float, rtol: float) -> Unmet | None:
    mine, theirs = seen.double(), expected.double()
    if bool(torch.isfinite(theirs).all()) and (bad := nonfinite(name, mine)):
        return bad
    gap = (mine - theirs).abs()
    allowed = atol + rtol * theirs.abs()
    near = (torch.isfinite(theirs) & (gap <= allowed)) | (mine == theirs)  # infinite values would allow anything
    if not (atol or rtol):
        near = seen == expected  # float64 rounds large whole numbers
    wrong = int((~near).sum())
    if not wrong:
        return None
    worst = int(torch.where(near, -torch.inf, torch.nan_to_num(gap - allowed, nan=torch.inf)).flatten().argmax())
    at = f" at {_place(worst, seen)}" if seen.dim() else ""
    many = f"{wrong} of {seen.numel()} values {'differs' if wrong == 1 else 'differ, most'}"
    many = many if seen.numel() > 1 else "the value differs"
    numbers = f"yours {mine.flatten()[worst]:.6g}, expected {theirs.flatten()[worst]:.6g}"
    tolerance = f"; {allowed.flatten()[worst]:.2g} is allowed" if atol or rtol else ""
    message = f"`{name}`: {many}{at}: {numbers} (off by {gap.flatten()[worst]:.3g}{tolerance})"
    return Unmet(message, guess=_guess(mine, theirs, allowed))


def _guess(mine: Tensor, theirs: Tensor, allowed: Tensor) -> str:
    """A likely cause, where one simple change of the student's values gives the expected ones."""
    if theirs.numel() < 2 or float((theirs - theirs.mean()).abs().max()) <= 4 * float(allowed.max()):
        return ""  # a constant is near to too many things

    def gives(changed: Tensor, target: Tensor = theirs) -> bool:
        return changed.shape == target.shape and bool(((changed - target).abs() <= allowed + 1e-12).all())

    factor = float((mine * theirs).sum() / (theirs * theirs).sum().clamp_min(1e-30))
    shift = float((mine - theirs).mean())
    guesses: list[tuple[Callable[[], bool], str]] = [
        (lambda: gives(-mine), "The sign is flipped."),
        (lambda: abs(factor) > 1e-6 and gives(mine / factor), f"Everything is multiplied by {factor:.4g}."),
        (lambda: gives(mine - shift), f"Everything is shifted by {shift:.4g}."),
        (lambda: mine.dim() > 1 and gives(mine.transpose(-1, -2)), "The last two axes look swapped."),
        (lambda: mine.dim() > 0 and gives(mine.softmax(-1)), "These look like raw scores: a softmax is missing."),
        (
            lambda: mine.dim() > 0 and gives(mine, theirs.softmax(-1)),
            "A softmax seems to be applied: return raw scores.",
        ),
        (lambda: gives(mine.relu()), "Negative values are kept: a final ReLU is missing."),
        (lambda: gives(mine, theirs.relu()), "Negative values are cut off: there is one ReLU too many at the end."),
        (lambda: mine.dim() > 0 and mine.numel() > MIRRORED and gives(mine.flip(0)), "The order is reversed."),
    ]
    return next((sentence for test, sentence in guesses if test()), "")


def _exact_difference(name: str, seen: Value, expected: Value) -> Unmet | None:
    if type(seen) is not type(expected):
        return of_another_kind(name, seen, kind(expected))
    where = first_difference(seen, expected)
    if not where:
        return None
    if isinstance(seen, list) and isinstance(expected, list) and _lacks_weights(seen, expected):
        there = f"{counted(len(seen), 'parameter')}, expected {len(expected)}"
        return Unmet(f"`{name}` has the shapes of {there}", UNREGISTERED, rank=Rank.LAYERS)
    return Unmet(f"`{name}` differs: {where}")


def _lacks_weights(seen: list[Value], expected: list[Value]) -> bool:
    """Whether these are shapes of parameters, and at most a third of those expected, in their order, with no others."""
    rest = iter(expected)
    return FEW * len(seen) <= len(expected) and all(map(_is_shape, expected)) and all(each in rest for each in seen)


def _is_shape(value: Value) -> bool:
    return isinstance(value, list) and all(type(number) is int and number > 0 for number in value)


# --- words ---


def _place(flat_index: int, tensor: Tensor) -> str:
    place = []
    for length in reversed(tensor.shape):
        place.append(flat_index % length)
        flat_index //= length
    return str(tuple(reversed(place))) if len(place) != 1 else f"index {place[0]}"


def _length(numbers: Tensor) -> str:
    if not numbers.dim():
        return "one number"
    lengths = " x ".join(map(str, numbers.shape))
    return f"a list of {lengths} number{'' if lengths == '1' else 's'}"


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _short(value: Value) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 120 else text[:117] + "..."
