"""What matching costs as the window grows, and whether the candidate search still finds what belongs together."""
