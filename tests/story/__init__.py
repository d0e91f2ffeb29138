"""Whole migrations on the real fleet, told as an operator would live them."""
