"""Planning is pure: these tests need no host."""
