"""Container runtimes of practice hosts: what they read, what they ask of registries, what they say.

Each rule is a fact of `facts/runtimes.md`, named where it is coded. What a rule decides (which
URL is asked, whether a daemon starts with these bytes) is a pure function; files and requests are
around them.
"""
