"""All operators: what they are called, what they do, and the order in which they are tried.

No library's: those of mutmut and cosmic-ray are the mistakes of any program (see docs/decisions/011-audit.md).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from grader.authoring import step_mistakes, torch_mistakes, value_mistakes
from grader.authoring.source import Edit, Source


@dataclass(frozen=True, slots=True)
class Operator:
    """One kind of mistake."""

    make: Callable[[Source, ast.AST], Iterator[Edit]]

    @property
    def name(self) -> str:
        """For people."""
        return self.make.__name__.replace("_", " ")

    @property
    def sentence(self) -> str:
        """What goes wrong."""
        return (self.make.__doc__ or "").strip()


# Where two make the same edit, it is the first one's.
OPERATORS = tuple(
    Operator(make)
    for make in (
        torch_mistakes.sum_for_mean,
        torch_mistakes.wrong_dimension,
        torch_mistakes.other_activation,
        torch_mistakes.other_layer,
        torch_mistakes.other_loss,
        torch_mistakes.other_optimizer,
        torch_mistakes.other_draws,
        torch_mistakes.no_bias,
        torch_mistakes.detached,
        torch_mistakes.eval_for_train,
        torch_mistakes.missing_no_grad,
        torch_mistakes.shared_layer,
        torch_mistakes.changed_in_place,
        torch_mistakes.last_batch_dropped,
        torch_mistakes.not_transposed,
        value_mistakes.wrong_index,
        value_mistakes.off_by_one,
        value_mistakes.wrong_comparison,
        value_mistakes.wrong_arithmetic,
        value_mistakes.dropped_term,
        value_mistakes.fraction_for_percent,
        step_mistakes.swapped_arguments,
        step_mistakes.swapped_statements,
        step_mistakes.removed_statement,
        step_mistakes.wrong_return,
        step_mistakes.left_out_call,
        step_mistakes.ignored_argument,
        step_mistakes.forgotten_argument,
        step_mistakes.other_variable,
        step_mistakes.wrong_condition,
        step_mistakes.called_twice,
        step_mistakes.short_loop,
        value_mistakes.flipped_flag,
        value_mistakes.wrong_constant,
    )
)
