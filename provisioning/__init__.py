"""What is made or installed off the device: models, golden vectors, system files."""
