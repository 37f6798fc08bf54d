"""All that is measured of speed and memory, in one run: what `make bench` does."""
