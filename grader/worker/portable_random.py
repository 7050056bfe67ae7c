"""Dropout masks that are the same on every machine.

torch draws the masks of dropout from one of two generators: MKL's where the CPU calls itself Intel, its own
everywhere else; CUDA has a third. Saved tensors of a network with dropout therefore hold on one maker's machines only,
and a correct solution is failed on the others. `install_portable_dropout` gives every machine the masks that an Intel
CPU draws.

What an Intel CPU does: one 32-bit output of torch's generator seeds MKL's MCG31m1 stream, a multiplicative congruential
generator (L'Ecuyer 1999, "Tables of linear congruential generators of different sizes and good lattice structure"; the
parameters are in Intel's "oneMKL Vector Statistics Notes", MCG31m1), and element i of the mask is 1 where the stream's
i-th uniform number is below p.
"""

import warnings

import torch

_MODULUS = 2**31 - 1
_MULTIPLIER = 1132489760


def install_portable_dropout() -> torch.library.Library:
    """Make every scalar-probability Bernoulli draw, and so every dropout, independent of the machine.

    Overridden for the CPU and CUDA: `bernoulli_` with a number for p (behind all dropouts of `torch.nn` on the CPU and
    `Dropout2d` everywhere) and, for CUDA only, the fused `native_dropout` that `Dropout` uses there. On CUDA the seed
    comes from the CPU's generator unless the caller passes a CUDA one. Not covered: `bernoulli` with a tensor of
    probabilities, dropout inside cuDNN's recurrent layers, and dropout inside fused attention kernels.

    Returns the registration. It lasts as long as the caller keeps it: once it is collected, torch's kernels are back.
    """
    library = torch.library.Library("aten", "IMPL")
    with warnings.catch_warnings():
        # torch warns, once per process, that a kernel is being replaced: that is the purpose.
        warnings.filterwarnings(
            "ignore", message=r"(?s).*Overriding a previously registered kernel", category=UserWarning
        )
        library.impl("bernoulli_.float", _bernoulli, "CPU")
        library.impl("bernoulli_.float", _bernoulli, "CUDA")
        library.impl("native_dropout", _native_dropout, "CUDA")
    return library


def _bernoulli(mask: torch.Tensor, p: float = 0.5, *, generator: torch.Generator | None = None) -> torch.Tensor:
    """Fill `mask` (any shape, layout and dtype) with 1 with probability p and 0 otherwise, in row-major order.

    Raises RuntimeError where p is not a probability, as torch does. An empty tensor draws nothing, as in torch.
    """
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    if mask.numel() == 0:
        return mask
    first = _next_output(torch.default_generator if generator is None else generator) % _MODULUS or 1
    uniform = _stream(first, mask.numel()).to(torch.float64).div_(_MODULUS)
    return mask.copy_(uniform.lt_(p).view(mask.shape))


def _native_dropout(values: torch.Tensor, p: float, train: bool | None) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the dropped-out values and the mask (bool, True where kept), both of the shape of `values`.

    The arithmetic is that of torch's own `native_dropout` for the CPU; its derivative is registered above this kernel
    and reads the mask, so gradients need nothing here. `train=None` means true.
    """
    mask = torch.ones_like(values, dtype=torch.bool)
    if train is False or values.numel() == 0:
        return values.clone(), mask
    _bernoulli(mask, 1 - p)
    return values.mul(mask).mul_(0.0 if p == 1 else 1 / (1 - p)), mask


def _next_output(generator: torch.Generator) -> int:
    """Consume and return the generator's next 32-bit output.

    torch has no call for this: 32-bit draws lose the sign bit, and for wide ranges the number of outputs used depends
    on torch's version. A full-range 64-bit draw takes two outputs, the first on top; it is read, undone, and replaced
    by a 32-bit draw, which takes one.
    """
    before = generator.get_state()
    wide = torch.empty((), dtype=torch.int64, device=generator.device).random_(-(2**63), None, generator=generator)
    generator.set_state(before)
    torch.empty((), dtype=torch.int32, device=generator.device).random_(generator=generator)
    return (int(wide) >> 32) & 0xFFFFFFFF


def _stream(first: int, count: int) -> torch.Tensor:
    """Return the first `count` states of MCG31m1 (int64, on the CPU), beginning with `first`.

    State i+k is state i times multiplier**k, so each pass doubles what is known. Products stay below 2**62.
    """
    states = torch.empty(count, dtype=torch.int64, device="cpu")
    states[0] = first
    known, leap = 1, _MULTIPLIER
    while known < count:
        more = states[known : 2 * known]
        torch.mul(states[: len(more)], leap, out=more).remainder_(_MODULUS)
        known, leap = known + len(more), leap * leap % _MODULUS
    return states
