"""Registries: where providers and consumers find each other."""
