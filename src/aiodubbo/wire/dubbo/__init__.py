"""The dubbo protocol without sockets: bytes in, events out; see `connection.DubboConnection`."""
