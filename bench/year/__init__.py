"""What a state, the memory and a cycle come to in a year: feedsvc by a clock of its own, fed from saved articles."""
