import pytest

from review.models import ReasonCode
from tests.cast import Cast
from tests.factories import make_reason


@pytest.fixture(autouse=True)
def reason(cast: Cast) -> ReasonCode:
    """What a refusal needs."""
    return make_reason(cast.team)
