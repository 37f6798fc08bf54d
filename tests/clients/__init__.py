"""Real feed readers over a site that is served in four states: no entry twice, none lost, what was read stays read."""
