"""The wizard's screens on a practice fleet: nothing between them and the hosts is scripted."""
