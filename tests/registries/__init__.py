"""What is asked of registries, tried on real and on played ones."""
