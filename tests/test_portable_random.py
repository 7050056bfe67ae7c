"""Masks drawn under the override are those of an independent, slow MCG31m1, and torch's own come back afterwards."""

import subprocess
import sys
import warnings
from collections.abc import Iterator

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch.nn import functional

from grader.worker.portable_random import _native_dropout, install_portable_dropout

SHARED_FIXTURE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)


@pytest.fixture
def portable() -> Iterator[None]:
    """The override, for one test."""
    library = install_portable_dropout()
    yield
    del library


def first_output(generator: torch.Generator) -> int:
    """The next 32-bit output, worked out from the Mersenne Twister's own state rather than by drawing."""
    raw = generator.get_state().numpy().tobytes()
    # Legacy layout: seed (8 bytes), left (4), seeded (4), next (8), then 624 words of 8 bytes each.
    left, upcoming = int.from_bytes(raw[8:12], "little"), int.from_bytes(raw[16:24], "little")
    words = [int.from_bytes(raw[24 + 8 * i : 32 + 8 * i], "little") for i in range(624)]
    if left == 1:  # used up: the next call makes 624 new words first
        words[0] = twisted(words)
        upcoming = 0
    word = words[upcoming]
    word ^= word >> 11
    word ^= (word << 7) & 0x9D2C5680
    word ^= (word << 15) & 0xEFC60000
    return word ^ (word >> 18)


def twisted(words: list[int]) -> int:
    """Word 0 of the next generation of a Mersenne Twister."""
    mixed = (words[0] & 0x80000000) | (words[1] & 0x7FFFFFFF)
    return words[397] ^ (mixed >> 1) ^ (0x9908B0DF if words[1] & 1 else 0)


def slow_mask(word: int, count: int, p: float) -> list[bool]:
    """The mask that a 32-bit seed gives, one element at a time."""
    state = word % 2147483647 or 1
    mask = []
    for _ in range(count):
        mask.append(state / 2147483647 < p)
        state = state * 1132489760 % 2147483647
    return mask


@SHARED_FIXTURE
@given(seed=st.integers(0, 2**63), count=st.integers(1, 700), p=st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0]))
def test_a_mask_is_the_slow_generators(portable: None, seed: int, count: int, p: float) -> None:
    """Any size, probability and seed gives the mask of the pure-Python stream."""
    generator = torch.Generator().manual_seed(seed)
    word = first_output(generator)
    assert torch.empty(count).bernoulli_(p, generator=generator).bool().tolist() == slow_mask(word, count, p)


@SHARED_FIXTURE
@given(seed=st.integers(0, 2**63), skip=st.integers(0, 1300), count=st.integers(1, 50))
def test_a_draw_uses_exactly_one_output(portable: None, seed: int, skip: int, count: int) -> None:
    """However large the mask, the generator ends where one 32-bit draw leaves it."""
    drawn, counted = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(seed)
    for generator in (drawn, counted):
        torch.empty(skip, dtype=torch.int32).random_(generator=generator)
    word = first_output(drawn)
    mask = torch.empty(count).bernoulli_(0.5, generator=drawn)
    torch.empty((), dtype=torch.int32).random_(generator=counted)
    assert torch.equal(drawn.get_state(), counted.get_state())
    assert mask.bool().tolist() == slow_mask(word, count, 0.5)


def test_the_default_generator_is_used_where_none_is_given(portable: None) -> None:
    """`torch.manual_seed` decides the mask, and a generator passed in leaves the default one alone."""
    torch.manual_seed(42)
    word = first_output(torch.default_generator)
    assert torch.empty(99).bernoulli_(0.3).bool().tolist() == slow_mask(word, 99, 0.3)
    before = torch.get_rng_state()
    torch.empty(9).bernoulli_(0.3, generator=torch.Generator())
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    "dtype",
    [torch.bool, torch.uint8, torch.int32, torch.int64, torch.float16, torch.bfloat16, torch.float32, torch.float64],
)
def test_every_dtype_and_layout_is_filled_in_row_major_order(portable: None, dtype: torch.dtype) -> None:
    """A transposed tensor of any dtype gets the values that a contiguous float one gets."""
    torch.manual_seed(7)
    plain = torch.empty(3, 4, 5).bernoulli_(0.4)
    torch.manual_seed(7)
    strided = torch.empty(5, 4, 3, dtype=dtype).permute(2, 1, 0)
    assert strided.bernoulli_(0.4) is strided
    assert torch.equal(strided.float(), plain)


def test_an_empty_tensor_draws_nothing(portable: None) -> None:
    """As in torch itself."""
    before = torch.get_rng_state()
    assert torch.empty(0, 3).bernoulli_(0.5).shape == (0, 3)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_what_is_not_a_probability_is_refused(portable: None, p: float) -> None:
    """With torch's own error, so that student code sees no difference."""
    with pytest.raises(RuntimeError, match=r"expects p to be in \[0, 1\]"):
        torch.empty(3).bernoulli_(p)


def test_dropout_passes_gradients_where_it_keeps(portable: None) -> None:
    """Autograd works as before: the gradient is the mask, scaled."""
    values = torch.ones(200, requires_grad=True)
    out = functional.dropout(values, 0.25)
    out.sum().backward()
    assert values.grad is not None
    assert torch.equal(values.grad, out.detach())
    assert sorted(set(out.tolist())) == pytest.approx([0.0, 4 / 3])


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("train", [True, False])
def test_the_fused_kernel_for_cuda_agrees_with_dropout_on_the_cpu(portable: None, p: float, train: bool) -> None:
    """What `Dropout` computes on CUDA is what it computes on the CPU, mask and values (here both run on the CPU)."""
    values = torch.randn(40, 50, generator=torch.Generator().manual_seed(1))
    torch.manual_seed(3)
    expected = functional.dropout(values, p, training=train)
    torch.manual_seed(3)
    out, mask = _native_dropout(values, p, train)
    torch.testing.assert_close(out, expected, rtol=1e-6, atol=0)
    assert mask.dtype == torch.bool
    assert mask.shape == values.shape


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_the_fused_kernel_keeps_torchs_contract(p: float) -> None:
    """Shapes, dtypes and the scale are those of torch's own `native_dropout`, whose mask is its own."""
    values = torch.randn(2, 3, 4, dtype=torch.float64)
    theirs, their_mask = torch.native_dropout(values, p, True)
    ours, our_mask = _native_dropout(values, p, True)
    assert (ours.dtype, our_mask.dtype, our_mask.shape) == (theirs.dtype, their_mask.dtype, their_mask.shape)
    both = our_mask & their_mask
    torch.testing.assert_close(ours[both], theirs[both])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_and_cpu_draw_the_same_masks(portable: None) -> None:
    """Both dropouts, under one seed, keep the same elements on both devices."""
    for drop, shape in [(functional.dropout, (50, 60)), (functional.dropout2d, (8, 16, 5, 5))]:
        torch.manual_seed(5)
        on_cpu = drop(torch.ones(shape), 0.3)
        torch.manual_seed(5)
        on_cuda = drop(torch.ones(shape, device="cuda"), 0.3)
        torch.testing.assert_close(on_cuda.cpu(), on_cpu)


@pytest.mark.process
def test_torchs_kernel_returns_when_the_library_goes() -> None:
    """The override lasts as long as its registration is kept, and installing it warns of nothing."""
    script = """
import torch, warnings
warnings.simplefilter("error")
from grader.worker.portable_random import install_portable_dropout
def draw():
    torch.manual_seed(1)
    return torch.empty(64).bernoulli_(0.5).tolist()
before = draw()
library = install_portable_dropout()
during = draw()
again = draw()
del library
assert during == again
assert draw() == before
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_installing_keeps_the_callers_warning_filters() -> None:
    """The one expected warning is filtered for the length of the call only."""
    before = list(warnings.filters)
    library = install_portable_dropout()
    assert list(warnings.filters) == before
    del library
