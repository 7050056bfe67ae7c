"""Captions, one word after the other."""
