"""The reference solution of `cnn` gives the course's own saved tensors, on every maker's CPU."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COURSE_ASSETS = ROOT / "../shared/course_assets"
TOLERANCE = 1e-5

# Runs on its own, so that neither the solution nor the override of dropout stays in pytest's process.
COMPARE = """
import json, sys
from pathlib import Path
import torch
from grader.worker.portable_random import install_portable_dropout
from hw.cnn import CNN, ResidualBlock, ResidualBottleneckBlock, ResNet

library = install_portable_dropout()
image = (3, 100, 100)
models = {
    "conv_out_00": lambda: CNN(
        image, 10, [32] * 4, 2, [100] * 2, dict(kernel_size=3, stride=1, padding=1),
        pooling_params=dict(kernel_size=2),
    ),
    "conv_out_01": lambda: CNN(
        image, 10, [32] * 4, 2, [100] * 2, dict(kernel_size=5, stride=2, padding=3),
        "lrelu", dict(negative_slope=0.05), "avg", dict(kernel_size=3),
    ),
    "conv_out_02": lambda: CNN(
        image, 3, [16] * 5, 3, [100], dict(kernel_size=2, stride=2, padding=2),
        "lrelu", dict(negative_slope=0.1), "max", dict(kernel_size=2),
    ),
    "resblock_out": lambda: ResidualBlock(3, [6, 4] * 2, [3, 5] * 2, batchnorm=True, dropout=0.2),
    "resblock_bn_out": lambda: ResidualBottleneckBlock(
        256, [64, 32, 64], [3, 5, 3], batchnorm=False, dropout=0.1, activation_type="lrelu"
    ),
    "resnet_out_00": lambda: ResNet(
        image, 10, [32, 64] * 3, 4, [100] * 2, batchnorm=True, dropout=0.1, activation_type="lrelu",
        activation_params=dict(negative_slope=0.01), pooling_type="avg", pooling_params=dict(kernel_size=2),
    ),
    "resnet_out_01": lambda: ResNet(
        image, 5, [64, 16, 64] * 4, 3, [64], batchnorm=True, dropout=0.1, bottleneck=True,
        activation_type="tanh", pooling_params=dict(kernel_size=2),
    ),
}
inputs = {"resblock_out": (1, 3, 32, 32), "resblock_bn_out": (1, 256, 32, 32)}
gaps = {}
for name, make in models.items():
    torch.manual_seed(42)
    model = make()
    torch.manual_seed(42)
    out = model(torch.ones(inputs.get(name, (1, *image))))
    expected = torch.load(Path(sys.argv[1]) / f"expected_{name}.pt", weights_only=True)
    gaps[name] = (out - expected).abs().max().item() if out.shape == expected.shape else str(out.shape)
print(json.dumps(gaps))
"""


@pytest.mark.process
@pytest.mark.skipif(not COURSE_ASSETS.is_dir(), reason="the course's saved tensors are not on this machine")
def test_the_reference_meets_the_courses_tensors() -> None:
    """All seven, those with dropout included, within a hundredth of the course's tolerance."""
    done = subprocess.run(
        [sys.executable, "-c", COMPARE, str(COURSE_ASSETS)],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'solutions/cnn'}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    gaps = json.loads(done.stdout)
    assert len(gaps) == 7
    assert all(gap <= TOLERANCE for gap in gaps.values()), gaps
