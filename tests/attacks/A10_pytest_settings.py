# A10: settings of pytest that load a plugin of the student's, in every place that pytest looks at
# averages: WRONG_ANSWER

import os

from hw.honest import *

os.environ["PYTEST_ADDOPTS"] = "-p hw.plugin"
os.environ["PYTEST_PLUGINS"] = "hw.plugin"


def mean(numbers):
    for name in ("pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml", "../pytest.ini", "../submission/pytest.ini"):
        try:
            with open(name, "w") as file:
                file.write("[pytest]\naddopts = -p hw.plugin\n")
        except OSError:
            pass
    return 0.0


# ==== pytest.ini
[pytest]
addopts = -p hw.plugin
# ==== tox.ini
[pytest]
addopts = -p hw.plugin
# ==== setup.cfg
[tool:pytest]
addopts = -p hw.plugin
# ==== pyproject.toml
[tool.pytest.ini_options]
addopts = "-p hw.plugin"
# ==== plugin.py
import pytest
from hw.targets import WRITABLE

try:
    open(WRITABLE + "/plugin was here", "w").close()
except OSError:
    pass


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    report.outcome = "passed"
