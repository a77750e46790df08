"""Many providers that look like one: directories, the choice of a provider, fault tolerance, load balancing."""
