"""Whether anything of a hostile source can act in what we publish: payloads go the whole way and meet Chromium."""
