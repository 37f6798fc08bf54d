"""How fast `feedsvc serve` answers beside nginx over the same folder, and whom a crowd harms."""
