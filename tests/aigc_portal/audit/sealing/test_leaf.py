"""Canonical JSON against the vectors of RFC 8785, and what a leaf binds."""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_portal.audit import verify_audit
from aigc_portal.audit.sealing.canonical_json import canonical_json
from aigc_portal.audit.sealing.leaf import Leaf, bind_payload, canonical_payload, new_salt

NUMBERS = {  # RFC 8785 appendix B
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}
SORTED = (  # RFC 8785 section 3.2.3: by UTF-16, where the smiley stands before the Hebrew letter
    {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    },
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis",'
    '"€":"Euro Sign","\U0001f600":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
)
SECTION_3_2_2 = (
    r"""{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}""",
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
    '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
)
PAYLOAD: dict[str, Any] = {
    "actor_name": "Ravi Patel",
    "target_label": "春季新茶",
    "data": {"seconds": 12.0, "after": {"status": "APPROVED"}},
    "request_id": "",
    "ip": None,
    "user_agent": "",
}
LEAF = Leaf(
    id=7,
    at=datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
    action="review.approved",
    actor="5e5e",
    team=3,
    target_type="review.review",
    target_id="42",
    payload="ab" * 32,
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(), parts, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("bits", NUMBERS)
def test_numbers_of_the_rfc(bits: str) -> None:
    number = struct.unpack(">d", bytes.fromhex(bits))[0]
    assert canonical_json(number).decode() == NUMBERS[bits]
    assert verify_audit.canonical(number) == NUMBERS[bits]


@pytest.mark.parametrize(("value", "text"), [SORTED, (json.loads(SECTION_3_2_2[0]), SECTION_3_2_2[1])])
def test_objects_of_the_rfc(value: Any, text: str) -> None:
    assert canonical_json(value).decode() == text
    assert verify_audit.canonical(value) == text


@given(JSON)
@settings(max_examples=300, deadline=None)
def test_three_encoders_agree(value: Any) -> None:
    expected = rfc8785.dumps(value)
    assert canonical_json(value) == expected
    assert verify_audit.canonical(value).encode() == expected
    assert verify_audit.canonical(verify_audit.read_json(expected)).encode() == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {"\ud800": 1}, {1: 2}, 2**53, b""])
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical_json(value)


def test_a_leaf_has_exactly_these_members() -> None:
    assert LEAF.canonical().decode() == (
        '{"action":"review.approved","actor":"5e5e","at":"2026-11-24T08:00:00.000000Z","id":7,"payload":"'
        + "ab" * 32
        + '","target_id":"42","target_type":"review.review","team":3,"v":1}'
    )


def test_an_instant_has_one_spelling() -> None:
    here = LEAF.at.astimezone(timezone(timedelta(hours=8)))
    assert Leaf(**{**vars(LEAF), "at": here}).canonical() == LEAF.canonical()


def test_the_payload_is_bound_under_a_salt_of_its_own() -> None:
    salt = new_salt()
    text = canonical_payload(PAYLOAD)
    assert bind_payload(text, salt) == hmac.new(salt, rfc8785.dumps(PAYLOAD), hashlib.sha256).hexdigest()
    assert bind_payload(text, new_salt()) != bind_payload(text, salt)
    with pytest.raises(ValueError, match="32 bytes"):
        bind_payload(text, b"short")


def test_whole_numbers_that_json_cannot_hold_are_text() -> None:
    payload = {**PAYLOAD, "data": {"seed": 2**62, "list": [-(2**60), 5, True, 1.5], "inner": {"seed": 1}}}
    data = json.loads(canonical_payload(payload))["data"]
    assert data == {"seed": str(2**62), "list": [str(-(2**60)), 5, True, 1.5], "inner": {"seed": 1}}


@pytest.mark.parametrize("payload", [{}, {**PAYLOAD, "more": 1}])
def test_a_payload_has_exactly_its_members(payload: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a payload has"):
        canonical_payload(payload)
