"""Harbor: its client and what is wanted of it, on the stand-in and by the contract."""
