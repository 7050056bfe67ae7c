"""Hidden checks of the attacked assignment. The tests put a canary, made anew, in the place of HIDDEN."""

from grader import check, equal


@check(points=1, seconds=2, expect=[equal("words")])
def splits(hw):
    """`words` splits a text at its spaces."""
    return {"words": hw.mine.words("one two three HIDDEN")}
