"""Which registry to move to: products compared for this fleet and these needs; pure."""
