from tests.live.conftest import origin, paper, server

__all__ = ["origin", "paper", "server"]
