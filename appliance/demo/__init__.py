"""The demo: a private broker, a simulated home and a prompt; no hardware and no installed broker needed."""
