"""Reading hosts: everything in one exec, nothing changed."""
