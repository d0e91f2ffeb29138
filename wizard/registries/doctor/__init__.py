"""What is wrong with a registry, from the outside: each failure by meeting it, not by guessing."""
