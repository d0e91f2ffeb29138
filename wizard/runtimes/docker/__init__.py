"""Docker Engine 20.10 to 29, both image stores (facts/runtimes.md §1)."""
