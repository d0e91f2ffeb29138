"""The shape of the code itself: what may import what, and how long a module may be."""
