"""What is migrated: hosts in groups with labels, and the file that describes them."""
