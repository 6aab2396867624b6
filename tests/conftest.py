"""Settings of all tests."""

from hypothesis import settings

settings.register_profile("ternd", deadline=None)  # a busy machine is no defect
settings.load_profile("ternd")
