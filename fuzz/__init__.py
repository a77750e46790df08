"""Bytes that nobody should send, fed to the decoders: ``python -m fuzz``."""
