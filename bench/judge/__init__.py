"""What a judge for borderline cases is worth, and what a bad one costs: nothing."""
