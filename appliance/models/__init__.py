"""Published models: reading, converting, fetching and keeping them, and talking with them."""
