"""The migration file: every mistake has its place, every choice survives being written."""
