"""What to do next about exceptions that students of PyTorch meet, by what Python and torch say. Beside student code.

One table: the words that an exception has, what they mean where its numbers tell more, and the next step. A next step
has no numbers of its own, so that one cause is told once however many checks meet it. Where no row fits there is none:
no advice is better than a wrong one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from math import prod

Found = re.Match[str]


@dataclass(frozen=True, slots=True)
class Cause:
    """What an exception comes from: a remark on its numbers, which may be empty, and what to do next."""

    next_step: str
    remark: str = ""


def cause(name: str, text: str) -> Cause | None:
    """The cause of an exception of the type `name` that says `text`; None where it is not known."""
    said = f"{name}: {text}"
    for pattern, tell in _TABLE:
        if found := re.search(pattern, said):
            return Cause(tell) if isinstance(tell, str) else tell(found)
    return None


def syntax_advice(first: str, line: str, said: str) -> str:
    """What to do about a line that Python cannot read, in a file with this `first` line."""
    if first.startswith("version https://git-lfs"):
        return "This is a pointer of Git LFS, not your code: run `git lfs pull`, then submit it."
    fitting = (advice for pattern, advice in _SYNTAX if re.search(pattern, line) or re.search(pattern, said))
    return next(fitting, "Python cannot read the file; fix that line.")


# --- causes that depend on numbers ---


def _linear(found: Found) -> Cause:
    rows, columns, wanted, _ = map(int, found.groups())
    samples, rest = divmod(rows * columns, wanted)
    if samples and not rest and rows > samples:
        whole = f"{samples} times {wanted}" if samples > 1 else f"{wanted}"
        remark = f"the layer takes {wanted} numbers and gets {columns}; {rows}*{columns} is {whole}"
        return Cause("Flatten each sample before the linear layer: `x.flatten(1)`, or nn.Flatten().", remark)
    remark = f"the layer was made for {wanted} numbers and gets {columns}"
    return Cause("Make `in_features` of the linear layer from the shape that reaches it.", remark)


def _norm_of_another_dimension(found: Found) -> Cause:
    dimensions = int(found["got"])
    layer = {2: "nn.BatchNorm1d", 3: "nn.BatchNorm1d", 4: "nn.BatchNorm2d", 5: "nn.BatchNorm3d"}.get(dimensions, "")
    return Cause(f"For what reaches this layer it is {layer}." if layer else "Look at the shape that reaches it.")


def _view(found: Found) -> Cause:
    sizes, count = [int(each) for each in re.findall(r"-?\d+", found["shape"])], int(found["count"])
    known = prod(size for size in sizes if size > 0) or 1
    wants = "a multiple of " if -1 in sizes else ""
    remark = f"there are {count} numbers, and the new shape has {wants}{known}"
    return Cause("Make the new shape from `x.shape`; `x.flatten(1)` keeps the axis of the batch.", remark)


def _dtype(found: Found) -> Cause:
    if "Double" in found[0] or "double" in found[0]:
        return Cause("NumPy's numbers are float64, and layers are float32: convert with `.float()`.")
    return Cause("Convert one of them: `.float()` for what goes through layers, `.long()` for labels.")


def _name(found: Found) -> Cause:
    name = found[1]
    if name in _IMPORTS:
        return Cause(f"Import it at the top of the file: `{_IMPORTS[name]}`.")
    if name == "get_ipython":
        return Cause("Only a notebook knows it: remove the line.")
    if name in ("null", "true", "false"):
        return Cause("This looks like JSON: is it a notebook saved as .py? Export the notebook as a script.")
    return Cause("Is it spelt as where it was given a value, and given one before this line, in every case?")


_IMPORTS = {
    "F": "import torch.nn.functional as F",
    "nn": "from torch import nn",
    "torch": "import torch",
    "np": "import numpy as np",
    "numpy": "import numpy",
    "optim": "from torch import optim",
    "plt": "import matplotlib.pyplot as plt",
    "math": "import math",
    "random": "import random",
    "os": "import os",
    "Tensor": "from torch import Tensor",
    "DataLoader": "from torch.utils.data import DataLoader",
}
_GRAPH = (
    "Something leaves the graph: `.item()`, `.detach()`, `.data`, `.numpy()`, `torch.no_grad()`, or a new tensor that "
    "is made of the numbers of another."
)
FORGOTTEN = "Something is None: does a function of yours end without `return`?"

_HERE = f"Python {sys.version_info.major}.{sys.version_info.minor}"


def _import(found: Found) -> Cause:
    name, module = found.groups()
    if module.partition(".")[0] in sys.stdlib_module_names:
        since = f", from Python {_SINCE[name]} on" if name in _SINCE else ""
        remark = f"this is graded with {_HERE}, which has no `{name}` in `{module}`"
        return Cause(f"A newer Python has it{since}: write it so that {_HERE} can run it." if since else
                     f"Is it spelt right? Write it so that {_HERE} can run it.", remark)  # fmt: skip
    return Cause(f"Is `{name}` defined there, under this name, and do the two files not import each other?")


# Names of the standard library that students have met in a newer Python.
_SINCE = {"override": "3.12", "batched": "3.12", "deprecated": "3.13", "ReadOnly": "3.13", "TypeIs": "3.13"}
_NEWER = f"This is syntax of Python 3.12, and graded with {_HERE}: write it without."
# By the line, or by what Python says of it.
_SYNTAX: tuple[tuple[str, str], ...] = (
    (r"^(<{7}|={7}|>{7})", "These are leftovers of a merge: keep one of the two versions and delete the markers."),
    (r"^\s*[!%]\w|^\s*\w+\?$", "This line is for a notebook only: remove it."),
    *(((r"^\s*(async )?(def|class) \w+\[|^\s*type \w+.* = ", _NEWER),) if sys.version_info < (3, 12) else ()),
    (r"unicode error|unicodeescape", "A backslash has a meaning of its own in a string: write r before the quotes."),
    (r"U\+201[89CDE]", "These quotes are typographic ones: use straight quotes, as a code editor types them."),
    (r"null bytes", "The file is not text in UTF-8; in your editor, save it as UTF-8."),
    (r"IndentationError|indent", "Look at the spaces in front of the line, and of the one above it."),
    (r"was never closed|unmatched|does not match", "Count the brackets of this statement and of the line above it."),
    (r"unterminated", "A quote that ends the text is missing."),
)
# The first row that fits counts.
_TABLE: tuple[tuple[str, str | Callable[[Found], Cause]], ...] = (
    # modules
    (r"before Module\.__init__\(\) call", "Call `super().__init__()` on the first line of `__init__`."),
    (r"object has no attribute '_(modules|parameters|buffers|forward_hooks|backward_hooks)'",
     "Call `super().__init__()` on the first line of `__init__`."),
    (r"optimizer got an empty parameter list",
     "The model has no parameters: layers in a Python list or dict are not registered; use nn.ModuleList or "
     "nn.Sequential, and keep it as an attribute."),
    (r"Module \[(?!Module(?:List|Dict))\w+\] is missing the required \"forward\" function",
     "Write `forward` in the class, spelt like this and as far to the right as `__init__`."),
    (r"'(?:list|tuple)' object is not callable|Module \[Module(?:List|Dict)\] is missing",
     "A list of layers cannot be called: call one layer after the other, or make it an nn.Sequential."),
    (r"is not a Module subclass", "Only modules can be put there: an instance of a layer, with its brackets."),
    # shapes
    (r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)", _linear),
    (r"expected [\w ]+ input \(got (?P<got>\d)D", _norm_of_another_dimension),
    (r"expected input.* to have (\d+) channels, but got (\d+) channels",
     "`in_channels` of each convolution is the number of channels of what reaches it: the `out_channels` before it."),
    (r"Expected 3D \(unbatched\) or 4D \(batched\) input|Expected 3D or 4D",
     "A convolution takes (batch, channels, height, width): is a `flatten` or an index in front of it?"),
    (r"running_mean should contain (\d+) elements",
     "`num_features` of the batch norm is the number of channels of what reaches it."),
    (r"Expected more than 1 value per channel when training",
     "A batch norm cannot train on one value: use a larger batch, or `model.eval()` to try one sample."),
    (r"Output size is too small|Kernel size can't be greater than actual input size",
     "The maps are too small by now: look at padding, strides and the number of poolings."),
    (r"shape '(?P<shape>\[[-\d, ]+\])' is invalid for input of size (?P<count>\d+)", _view),
    (r"view size is not compatible with input tensor's size and stride",
     "Use `.reshape(...)`, or `.contiguous()` in front of `.view(...)`."),
    (r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\)",
     "The shapes do not fit: print both; a shortcut needs the channels and size of what it is added to."),
    (r"Sizes of tensors must match except in dimension",
     "What is joined by `cat` has one shape but for that axis: print the shapes."),
    (r"Expected input batch_size \(\d+\) to match target batch_size \(\d+\)",
     "Scores and labels have different numbers of rows: a `view` or `flatten` has mixed up the axis of the batch."),
    (r"not enough values to unpack|too many values to unpack",
     "Count what is on both sides of the `=`: how many values come back?"),
    (r"Dimension out of range|IndexError: too many indices|dimension specified as \d+ but tensor has no dimensions",
     "The tensor has fewer axes than you think: print its shape in front of this line."),
    # data types, labels, devices
    (r"(?:[Tt]arget|[Ll]abel) -?\d+ is out of bounds",
     "Labels count from 0 to the number of classes less 1: has the last layer one output for each class?"),
    (r"index out of range in self", "An index is not below the number of rows of the embedding."),
    (r"nll_loss\w*\"? not implemented for|expected scalar type Long|dtype to be Long|floating point type for target",
     "Labels are whole numbers (int64), one for each sample: convert with `.long()`."),
    (r"0D or 1D target tensor expected|multi-target not supported",
     "The loss wants one label for each sample, of shape (N,): no column, and no one-hot."),
    (r"(?:Found|expected) (?:dtype|scalar type|m1 and m2)[^;]*|must have the same dtype.*",
     _dtype),
    (r"result type \w+ can't be cast to the desired output type|can't be cast to",
     "The tensor holds whole numbers: make it with `.float()` before you compute in place."),
    (r"not compiled with CUDA|No CUDA GPUs|Found no NVIDIA driver|Attempting to deserialize object on a CUDA|CUDA_HOME",
     "This machine has no GPU: use the device that you are given, with `.to(device)` or `map_location`."),
    (r"Expected all tensors to be on the same device",
     "Move each part of the batch, and the model, to the device that you are given."),
    # graph
    (r"does not require grad and does not have a grad_fn", _GRAPH),
    (r"a leaf Variable that requires grad is being used in an in-place operation|a view of a leaf Variable",
     "Change weights in `with torch.no_grad():` only, or compute a new tensor: `x = x + 1` for `x += 1`."),
    (r"modified by an inplace operation",
     "Something is changed in place (`+=`, `x[...] =`, `relu_`, inplace=True) that the backward pass still needs."),
    (r"backward through the graph a second time",
     "Compute the loss anew before each `backward()`; keep sums of losses as numbers, with `.item()`."),
    (r"grad can be implicitly created only for scalar outputs",
     "Call `backward()` on one number: the mean of the losses."),
    (r"Can't call numpy\(\) on Tensor that requires grad", "Write `.detach().numpy()`."),
    (r"can't convert \w+:\d+ device type tensor to numpy", "Write `.cpu().numpy()`."),
    (r"only one element tensors can be converted|a Tensor with \d+ elements cannot be converted",
     "The tensor has several numbers: take one, or their mean, in front of `.item()`."),
    (r"Boolean value of Tensor with more than one value is ambiguous",
     "An `if` needs one True or False: write `.all()`, `.any()`, or compare numbers."),
    # values that are not there
    (r"'?NoneType'? object|not NoneType|NoneType and|and 'NoneType'|found type: NoneType", FORGOTTEN),
    (r"NameError: name '(\w+)' is not defined", _name),
    (r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'", _import),
    (r"UnboundLocalError|cannot access (?:local|free) variable",
     "It is given a value on some ways through the function only: give it one before the `if` or the loop."),
    (r"'super' object has no attribute '(\w+)'|object has no attribute '(\w+)'",
     "Is it spelt as in `__init__`, and set there with `self.`?"),
    # calls
    (r"takes (?:from )?\d+ .*positional arguments? but \d+ w(?:as|ere) given",
     "Compare the call with the `def`: is `self` the first parameter?"),
    (r"missing \d+ required (?:positional|keyword-only) arguments?",
     "Compare the call with the `def`: a parameter without a value is missing, or needs a default."),
    (r"got an unexpected keyword argument '(\w+)'",
     "Compare the call with the `def`: the parameter is called otherwise, or the settings belong elsewhere."),
    (r"got multiple values for argument", "Compare the call with the `def`: one argument is given twice."),
    (r"object is not callable",
     "A value is called like a function: is a name used twice, or are there brackets too many?"),
    (r"EOFError", "Nobody can type here: remove `input()`, and take values as arguments."),
    (r"CalledProcessError.*'(?:pip3?|conda|mamba)\b",
     "There is no network here: remove the line, and import only what the course allows."),
    (r"RecursionError", "A function calls itself without end: is it called where its result should be used?"),
    (r"ZeroDivisionError|division by zero", "Something is counted that is empty: look at what you divide by."),
    (r"Read-only file system|PermissionError.*'[^']*'|Parent directory .* does not exist",
     "Write into the current folder only, by a name alone: `open(\"model.pt\", \"wb\")`. Nothing of it is kept."),
    (r"'/content\b|nothing is uploaded",
     "What lies in Colab or on your Drive is not here: read what the course provides, by its name alone."),
    (r"FileNotFoundError", "Only what is submitted or provided is here: are the path and its capital letters right?"),
)  # fmt: skip
