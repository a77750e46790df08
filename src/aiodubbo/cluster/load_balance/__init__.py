"""Load balancing strategies; each module is one of Dubbo's names."""
