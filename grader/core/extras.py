"""What only some verbs need is installed by extras, and its absence is one sentence. Imports none of it."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterable, Iterator

from grader.core.errors import UsageError
from grader.core.version import DISTRIBUTION

# By extra, the modules that it brings, as they are imported.
EXTRAS = {
    "vision": ("torchvision",),
    "figures": ("matplotlib",),
    "notebook": ("nbconvert", "nbformat", "nh3", "markdown_it", "mdit_py_plugins", "latex2mathml", "PIL"),
    "mark": ("starlette", "uvicorn"),
    "pytest": ("pytest", "pytest_timeout"),
    "cluster": ("distributed", "cryptography"),
}
# What brings a module whose name it does not have, of those that courses use.
BROUGHT_BY = {
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
EXTRA_OF = {module: extra for extra, modules in EXTRAS.items() for module in modules}


def is_there(module: str) -> bool:
    """Whether a top-level module can be found; one that is found and then fails to load is there, and broken."""
    return importlib.util.find_spec(module) is not None


def require(who: str, *modules: str) -> None:
    """Raise `UsageError` where one of these top-level modules is not installed."""
    for module in modules:
        if not is_there(module):
            raise UsageError(f"{who}: needs {module}; {remedy(module)}")


@contextlib.contextmanager
def needed_by(who: str) -> Iterator[None]:
    """Around imports: the absence of a module that an extra brings is the sentence of `require`."""
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module not in EXTRA_OF:
            raise
        raise UsageError(f"{who}: needs {module}; {remedy(module)}") from error


def remedy(module: str) -> str:
    """What to do where a module is absent, as the second half of a sentence."""
    return remedies([module])


def remedies(modules: Iterable[str]) -> str:
    """The same where several are."""
    return f"pip install {' '.join(dict.fromkeys(map(_package_of, modules)))}"


def _package_of(module: str) -> str:
    extra = EXTRA_OF.get(module)
    return f"'{DISTRIBUTION}[{extra}]'" if extra else BROUGHT_BY.get(module, module)
