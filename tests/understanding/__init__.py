"""Sentences written by hand, apart from the training templates and without sight of them, with what must come of each."""
