"""Harbor as a target: its API, what is wanted of it, and how it is brought there.

`client` makes calls; each further module knows one kind of subject. Written for 2.13 to 2.15
and held against the 2.15.2 contract; facts/harbor.md tells where the server differs from it.
"""
