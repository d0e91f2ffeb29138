"""The screens as people use them: every key, every step, every dialog."""
