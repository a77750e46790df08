"""Which modules of the package the tests execute that cite a requirement."""
