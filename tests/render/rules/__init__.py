"""The rules of Atom, RSS and JSON Feed, those in prose too, as code: each checker names what a document breaks.

Used by the tests of render on feeds of our own, and by `python -m bench.validation` on whole archives.
"""
