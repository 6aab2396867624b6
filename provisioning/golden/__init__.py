"""Golden vectors of the engine: made by another implementation, read by the tests."""
