"""Where things are in this repository."""

from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DATA = REPOSITORY / "tests" / "data"
FIXTURES = REPOSITORY / "tests" / "fixtures"
REFERENCE = FIXTURES / "payment-service"  # the example project
