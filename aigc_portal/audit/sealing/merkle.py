"""Merkle trees of RFC 9162 section 2.1 (its hashes are those of RFC 6962): roots, inclusion and consistency proofs.

A tree is read through `node(level, index)`, the hash of the complete subtree over the leaves index * 2^level up to
(index + 1) * 2^level - 1; level 0 holds the hashes of the leaves. Nodes of complete subtrees never change, so they are
stored once, and every root and proof reads O(log size) of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

Node = Callable[[int, int], bytes]

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def hash_leaf(data: bytes) -> bytes:
    """RFC 9162 section 2.1.1."""
    return hashlib.sha256(b"\x00" + data).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """RFC 9162 section 2.1.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def append_leaves(size: int, leaf_hashes: Sequence[bytes], node: Node) -> Iterator[tuple[int, int, bytes]]:
    """Every node (level, index, hash) that is complete after the leaves are appended and was not before.

    Level by level; reads at most one old node a level from the tree of `size` leaves.
    """
    level, start, hashes = 0, size, list(leaf_hashes)
    while hashes:
        for offset, value in enumerate(hashes):
            yield level, start + offset, value
        if start % 2:
            start -= 1
            hashes.insert(0, node(level, start))
        hashes = [hash_children(hashes[left], hashes[left + 1]) for left in range(0, len(hashes) - 1, 2)]
        level, start = level + 1, start // 2


def root_of(size: int, node: Node) -> bytes:
    """MTH of the first `size` leaves, RFC 9162 section 2.1.1."""
    return _subtree(0, size, node) if size else EMPTY_ROOT


def prove_inclusion(index: int, size: int, node: Node) -> list[bytes]:
    """PATH(index, D_size), RFC 9162 section 2.1.3.1. Raises ValueError where there is no such leaf."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    start, end = 0, size
    path: list[bytes] = []
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            path.append(_subtree(middle, end, node))
            end = middle
        else:
            path.append(_subtree(start, middle, node))
            start = middle
    return path[::-1]


def prove_consistency(first: int, second: int, node: Node) -> list[bytes]:
    """PROOF(first, D_second), RFC 9162 section 2.1.4.1; empty from the empty tree.

    Raises ValueError where first > second.
    """
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {second} does not grow from one of {first}")
    if first == 0:
        return []
    start, end = 0, second
    path: list[bytes] = []
    while first < end:
        middle = _split(start, end)
        if first <= middle:
            path.append(_subtree(middle, end, node))
            end = middle
        else:
            path.append(_subtree(start, middle, node))
            start = middle
    if start:  # the whole first tree is what the reader has the root of
        path.append(_subtree(start, end, node))
    return path[::-1]


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    place, last, value = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            return False
        if place % 2 or place == last:
            value = hash_children(sibling, value)
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            value = hash_children(value, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and value == root


def verify_consistency(first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes) -> bool:
    """RFC 9162 section 2.1.4.2; every tree grows from the empty one."""
    if not 0 <= first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == EMPTY_ROOT
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    if not path:
        return False
    place, last = first - 1, second - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            old, new = hash_children(sibling, old), hash_children(sibling, new)
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            new = hash_children(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and (old, new) == (first_root, second_root)


def _split(start: int, end: int) -> int:
    """Where the left subtree ends: the largest power of two smaller than the number of leaves."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _subtree(start: int, end: int, node: Node) -> bytes:
    """Root over leaves start to end - 1, put together from complete subtrees: the largest is the leftmost."""
    parts: list[bytes] = []
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append(node(level, start >> level))
        start += 1 << level
    value = parts.pop()
    while parts:
        value = hash_children(parts.pop(), value)
    return value
