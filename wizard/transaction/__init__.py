"""The host transaction: one script, one exec, all or nothing on a host."""
