"""The journal of a run: intent before each action, outcome after it; state is derived."""
