"""What validators say of everything that is published from an archive.

Run as `python -m bench.validation --validator DIR`; the validator is other people's and stays outside the project.
"""
