"""Runtimes of practice hosts, each rule beside its fact."""
