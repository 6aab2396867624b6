"""Sensor watches: readings in, alerts out, and what is kept to answer questions from."""
