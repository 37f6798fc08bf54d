"""How documents are made of what changed: the heavy half of `publish`, which alone calls it."""
