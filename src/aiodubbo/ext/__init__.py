"""Extension points: names of Dubbo (``failover``, ``random``, ``token``) and the objects behind them, from anybody's package."""
