"""Mistakes with PyTorch, as operators: each yields edits of one node of a source."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.authoring.source import Edit, Source, called, parameters

# What is taken for one another.
_REDUCTIONS = {"sum": "mean", "mean": "sum", "std": "var", "var": "std", "max": "min", "min": "max",
               "argmax": "argmin", "argmin": "argmax"}  # fmt: skip
_ACTIVATIONS = {"ReLU": "Tanh", "Tanh": "Sigmoid", "Sigmoid": "Tanh", "LeakyReLU": "ReLU", "relu": "tanh",
                "tanh": "sigmoid", "sigmoid": "tanh", "softmax": "log_softmax", "log_softmax": "softmax"}  # fmt: skip
_LAYERS = {"MaxPool2d": "AvgPool2d", "AvgPool2d": "MaxPool2d", "BatchNorm1d": "LayerNorm",
           "BatchNorm2d": "InstanceNorm2d", "Dropout2d": "Dropout", "Dropout": "AlphaDropout"}  # fmt: skip
_LOSSES = {"CrossEntropyLoss": "NLLLoss", "NLLLoss": "CrossEntropyLoss", "MSELoss": "L1Loss",
           "BCELoss": "BCEWithLogitsLoss", "cross_entropy": "nll_loss", "nll_loss": "cross_entropy",
           "mse_loss": "l1_loss"}  # fmt: skip
_OPTIMIZERS = {"SGD": "Adam", "Adam": "SGD", "AdamW": "Adam", "RMSprop": "SGD"}
_DRAWS = {"uniform_": "normal_", "normal_": "uniform_", "xavier_normal_": "xavier_uniform_", "rand": "randn",
          "xavier_uniform_": "kaiming_uniform_", "kaiming_normal_": "xavier_normal_", "zeros_": "ones_",
          "kaiming_uniform_": "xavier_uniform_", "ones_": "zeros_", "randn": "rand", "zeros": "ones",
          "zeros_like": "ones_like"}  # fmt: skip
# Take numbers of dimensions as bare arguments: from which on.
_BY_DIMENSION = {"sum": 0, "mean": 0, "std": 0, "softmax": 0, "argmax": 0, "squeeze": 0, "unsqueeze": 0, "flatten": 0,
                 "transpose": 0, "size": 0}  # fmt: skip
_DIMENSIONS = ("dim", "axis", "start_dim", "end_dim")
_WITHOUT_GRADIENTS = ("argmax", "detach", "item", "list", "int", "float", "len", "tolist")
_CHANGED_IN_PLACE: dict[type[ast.operator], str] = {ast.Add: "add_", ast.Sub: "sub_", ast.Mult: "mul_"}


def sum_for_mean(source: Source, node: ast.AST) -> Iterator[Edit]:
    """The sum for the mean, the variance for the standard deviation, the least for the most, or the other way round."""
    yield from _renamed(source, node, _REDUCTIONS)
    if isinstance(node, ast.Constant) and node.value in ("sum", "mean"):
        yield source.replaced(node, repr(_REDUCTIONS[node.value]))


def wrong_dimension(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Another dimension than the one that is meant."""
    if not isinstance(node, ast.Call):
        return
    by_name = [each.value for each in node.keywords if each.arg in _DIMENSIONS]
    bare = node.args if isinstance(node.func, ast.Attribute) and called(node) in _BY_DIMENSION else []
    for value in (*by_name, *bare):
        text = source.of(value)
        if text in ("0", "1", "2", "3", "-1", "-2"):
            yield source.replaced(value, "1" if text == "0" else "0")


def other_activation(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Another activation, or none."""
    yield from _renamed(source, node, _ACTIVATIONS)
    if isinstance(node, ast.Call) and called(node) in _ACTIVATIONS and called(node)[0].isupper():
        yield source.replaced(node, "nn.Identity()")


def other_layer(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Another kind of pooling, normalisation or dropout, or none."""
    yield from _renamed(source, node, _LAYERS)
    if isinstance(node, ast.Call) and called(node) in _LAYERS:
        yield source.replaced(node, "nn.Identity()")


def other_loss(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Another loss function."""
    yield from _renamed(source, node, _LOSSES)


def other_optimizer(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Another optimizer."""
    yield from _renamed(source, node, _OPTIMIZERS)


def other_draws(source: Source, node: ast.AST) -> Iterator[Edit]:
    """First weights of another distribution."""
    call = source.parents.get(node)
    if isinstance(call, ast.Call) and not call.keywords:  # which belong to the one distribution
        yield from _renamed(source, node, _DRAWS)


def no_bias(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A layer without its bias."""
    layers = ("Linear", "Conv1d", "Conv2d")
    if isinstance(node, ast.Call) and called(node) in layers and not any(each.arg == "bias" for each in node.keywords):
        end = source.end(node) - 1
        yield Edit(end, end, ", bias=False")


def detached(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A tensor is cut off from the graph on its way."""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.Return) and node.value and _gives_tensors(source, node):
        name = called(node.value)
        is_worked_out = name[:1].islower() and name not in _WITHOUT_GRADIENTS
        if is_worked_out or (isinstance(node, ast.Return) and isinstance(node.value, ast.BinOp | ast.Name)):
            yield source.replaced(node.value, f"{source.operand(node.value)}.detach()")


def eval_for_train(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Evaluation mode for training mode, or the other way round."""
    yield from _renamed(source, node, {"train": "eval", "eval": "train"}, only_without_arguments=True)


def missing_no_grad(source: Source, node: ast.AST) -> Iterator[Edit]:
    """What should be worked out without gradients is worked out with them."""
    yield from _renamed(source, node, {"no_grad": "enable_grad", "inference_mode": "enable_grad"})


def shared_layer(source: Source, node: ast.AST) -> Iterator[Edit]:
    """One layer that is used again and again, for as many different ones."""
    if isinstance(node, ast.ListComp) and isinstance(node.elt, ast.Call) and len(node.generators) == 1:
        (loop,) = node.generators
        drawn = {each.id for each in ast.walk(loop.target) if isinstance(each, ast.Name)}
        used = {each.id for each in ast.walk(node.elt) if isinstance(each, ast.Name)}
        if not drawn & used:
            yield source.replaced(node, f"[{source.of(node.elt)}] * len(list({source.of(loop.iter)}))")


def changed_in_place(source: Source, node: ast.AST) -> Iterator[Edit]:
    """The function changes the tensor that it was given, or what should change a tensor makes another one."""
    function = source.enclosing(node)
    if not function:
        return
    own = [*parameters(function)]
    looped = [
        each.target.id for each in ast.walk(function) if isinstance(each, ast.For) and isinstance(each.target, ast.Name)
    ]
    if isinstance(node, ast.BinOp) and (verb := _CHANGED_IN_PLACE.get(type(node.op))):
        if isinstance(node.left, ast.Name) and node.left.id in own and _gives_tensors(source, node):
            yield source.replaced(node, f"{node.left.id}.{verb}({source.of(node.right)})")
    elif isinstance(node, ast.Call) and called(node) in ("relu", "tanh", "sigmoid") and node.args:
        yield source.replaced(node.func, f"{source.of(node.func)}_")
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id in (*own, *looped):
        gap = source.between(source.end(node.target), source.start(node.value)).strip()
        new = f"{node.target.id} = {node.target.id} {gap.rstrip('=')} {source.operand(node.value)}"
        yield source.replaced(node, new)


def last_batch_dropped(source: Source, node: ast.AST) -> Iterator[Edit]:
    """The loader leaves out a last batch that is smaller."""
    if called(node) == "DataLoader":
        end = source.end(node) - 1
        yield Edit(end, end, ", drop_last=True")


def not_transposed(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A matrix is taken as it is for its transpose."""
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        yield source.replaced(node, source.operand(node.value))


def _renamed(
    source: Source, node: ast.AST, names: dict[str, str], *, only_without_arguments: bool = False
) -> Iterator[Edit]:
    """Another function in the place of one that is called, or named as `nn.ReLU`."""
    if isinstance(node, ast.Attribute) and node.attr in names:
        parent = source.parents.get(node)
        is_called = isinstance(parent, ast.Call) and parent.func is node
        if only_without_arguments and not (is_called and isinstance(parent, ast.Call) and not parent.args):
            return
        if is_called or node.attr[0].isupper():
            end = source.end(node)
            yield Edit(end - len(node.attr.encode()), end, names[node.attr])


def _gives_tensors(source: Source, node: ast.AST) -> bool:
    """Whether a node is in a function that is said to return a tensor, or is a module's `forward`."""
    function = source.enclosing(node)
    if not function:
        return False
    said = ast.unparse(function.returns) if function.returns else ""
    return function.name == "forward" or said.endswith("Tensor")
