"""The ``dubbo`` protocol over TCP: `DubboProtocol` with its two sides, `serving` and `calling`, and callbacks, which are both at once."""
