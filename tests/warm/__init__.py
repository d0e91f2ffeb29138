"""An interpreter that has the product loaded, for tests that start many short processes of it.

Loading is most of what such a process does. `server` loads once and forks for each process that is
wanted; `launch` stands where the interpreter is started, with the same words, descriptors, signals
and exit status. What a cold start does is shown by tests that do not ask for this.
"""
