"""Signed notes against the vectors of the reference implementation (Go, golang.org/x/mod/sumdb/note)."""

from __future__ import annotations

import pytest

from aigc_portal.audit.sealing.signed_note import BadNote, SignedNote, SigningKey, VerifierKey, sign_note, verify_note
from aigc_portal.audit.verify_audit import BadEntry, KeyRing

VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SIGNER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
NOTE = f"{TEXT}\n{SIGNATURE}"
OTHER_VERIFIER = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
OTHER_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
PETER = VerifierKey.parse(VERIFIER)


def test_the_note_of_the_reference_verifies() -> None:
    note = SignedNote.parse(NOTE)
    assert note.text == TEXT
    assert verify_note(note, [PETER]) == [PETER]
    assert str(note) == NOTE


def test_another_note_of_the_specification_verifies() -> None:
    key = VerifierKey.parse(OTHER_VERIFIER)
    assert verify_note(SignedNote.parse(OTHER_NOTE), [PETER, key]) == [key]


def test_the_same_key_signs_to_the_same_bytes() -> None:
    key = SigningKey.parse(SIGNER)
    assert str(sign_note(TEXT, key)) == NOTE
    assert (str(key.verifier), key.secret) == (VERIFIER, SIGNER)


def test_a_private_key_does_not_show_itself() -> None:
    key = SigningKey.generate("portal.example/audit")
    assert key.seed.hex() not in repr(key)
    assert key.secret not in f"{key} {key!r}"
    assert repr(key.seed) not in f"{key} {key!r}"
    assert SigningKey.parse(key.secret) == key
    with pytest.raises(BadNote) as caught:
        SigningKey.parse(key.secret[:-4])
    assert key.secret[-20:-4] not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        *(VERIFIER[start:] for start in range(1, len(VERIFIER), 7)),
        *(VERIFIER[:end] for end in range(0, len(VERIFIER), 7)),
        *(VERIFIER[:at] + chr(ord(VERIFIER[at]) + 1) + VERIFIER[at + 1 :] for at in range(len(VERIFIER))),
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_a_mangled_key_is_refused(line: str) -> None:
    with pytest.raises(BadNote):
        VerifierKey.parse(line)
    with pytest.raises(BadEntry):
        KeyRing().add(line)


@pytest.mark.parametrize(
    "note",
    [
        TEXT,
        NOTE[:-1],
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("— ", "- "),
        NOTE.replace("— Peter", "—  Peter"),
        NOTE.replace("x08g", "x08!"),
        NOTE + "\n",
        NOTE + "more\n",
        f"{TEXT}\n— PeterNeumann \n",
        f"\x01{NOTE}",
        f"{TEXT}\n" + SIGNATURE * 65,
    ],
)
def test_a_malformed_note_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        verify_note(SignedNote.parse(note), [PETER])


@pytest.mark.parametrize("at", range(0, len(TEXT) - 1, 9))
def test_a_changed_text_is_not_verified(at: int) -> None:
    changed = NOTE[:at] + ("x" if NOTE[at] != "x" else "y") + NOTE[at + 1 :]
    with pytest.raises(BadNote, match="wrong"):
        verify_note(SignedNote.parse(changed), [PETER])


def test_signatures_of_unknown_keys_are_passed_over_and_a_wrong_one_of_a_known_key_is_not() -> None:
    stranger, known = SigningKey.generate("PeterNeumann"), SigningKey.parse(SIGNER)
    both = sign_note(TEXT, stranger, known)
    assert verify_note(both, [PETER]) == [PETER]
    assert verify_note(both, [PETER, stranger.verifier]) == [stranger.verifier, PETER]
    with pytest.raises(BadNote, match="no signature"):
        verify_note(sign_note(TEXT, stranger), [PETER])
    wrong = SignedNote(TEXT, (stranger.sign(TEXT), known.sign("another\n")))
    with pytest.raises(BadNote, match="wrong"):
        verify_note(wrong, [PETER, stranger.verifier])


@pytest.mark.parametrize("text", ["", "no newline", "tab\there\n"])
def test_what_is_no_text_is_not_signed(text: str) -> None:
    with pytest.raises(BadNote):
        sign_note(text, SigningKey.parse(SIGNER))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n", "a\u3000b"])
def test_what_is_no_name_gets_no_key(name: str) -> None:
    with pytest.raises(BadNote):
        SigningKey.generate(name)
