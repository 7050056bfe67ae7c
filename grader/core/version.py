"""The version of this grader: said here once, read by pyproject.toml, and part of every verdict's key.

Not asked of the installed distribution: there is none where grader runs from a checkout or a bundle's folder.
"""

DISTRIBUTION = "torch-grader"  # `grader` on PyPI is another program
VERSION = "0.1.0"
