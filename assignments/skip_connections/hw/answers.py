"""The written answers (Markdown with LaTeX between dollar signs)."""

q1_width_or_depth = r"""**Your answer:**"""


q2_vanishing = r"""**Your answer:**"""


q3_blocks = r"""**Your answer:**"""


q4_checkpoint = r"""**Your answer:**"""
