"""Questions about the past, answered from stored history. Nothing here can act: it has no door to anything."""
