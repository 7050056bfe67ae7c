"""What students do not have."""

from checks import check, equal


@check(points=2, seconds=10, expect=[equal("ids")])
def windows_of_strange_words(hw):
    """windows_of knows what to do with words that are not in the vocabulary, and with none."""
    return {"ids": hw.windows.windows_of(["the", "axolotl"], 1), "none": hw.windows.windows_of([], 1)}
