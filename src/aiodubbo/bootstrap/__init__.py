"""`Application`: what ties configuration, registries, protocols and services of one process together."""
