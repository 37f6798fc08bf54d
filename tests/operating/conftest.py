from tests.live.conftest import origin, paper

__all__ = ["origin", "paper"]
