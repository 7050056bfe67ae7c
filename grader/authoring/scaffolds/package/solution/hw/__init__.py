"""The students' package."""
