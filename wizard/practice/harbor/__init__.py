"""A stand-in of Harbor's API: what it keeps, what it refuses, and what it does in silence.

`app.PracticeHarbor` is an ASGI application that follows facts/harbor.md §1 to §2 and is held
against the 2.15.2 contract by `tests/practice/harbor`. Time passes by looking: each look at
something that runs takes it one step further.
"""
