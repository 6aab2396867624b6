"""How the command model is made: generated data, ternary training, export, evaluation. Never runs on the device."""
