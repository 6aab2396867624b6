"""ternd: an offline assistant that acts."""

__version__ = "0.1.0"
