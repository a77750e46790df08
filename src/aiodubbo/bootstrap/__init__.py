"""`Application`: the object that ties registries, protocols, services and references of one process together."""
