"""What makes many providers look like one: directories, selection, fault tolerance, load balancing."""
