"""How sources become stored articles: saved documents of folders, entries of feeds, pages of articles.

Joins sources, publishers and the store, one transaction a step; decides what is pure elsewhere (`schedule`, `doubt`,
`normalise`). Called by the ingest conductor, and by whoever looks at a source without reading it.
"""
