"""The tree against the vectors of the certificate-transparency test suite, and against itself for every small size."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_portal.audit import verify_audit
from aigc_portal.audit.sealing.merkle import (
    EMPTY_ROOT,
    append_leaves,
    hash_children,
    hash_leaf,
    prove_consistency,
    prove_inclusion,
    root_of,
    verify_consistency,
    verify_inclusion,
)

INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {  # (leaf, size), both counted as in the suite: leaves from 1
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (3, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (2, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): INCLUSION[1, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
LARGEST = 200


class Stored:
    """The nodes of a tree, and how many were asked for."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.size = self.reads = 0

    def node(self, level: int, index: int) -> bytes:
        self.reads += 1
        return self.nodes[level, index]

    def append(self, *leaves: bytes) -> None:
        for level, index, value in append_leaves(self.size, [hash_leaf(leaf) for leaf in leaves], self.node):
            assert (level, index) not in self.nodes
            self.nodes[level, index] = value
        self.size += len(leaves)


def tree_of(leaves: list[bytes]) -> Stored:
    tree = Stored()
    tree.append(*leaves)
    return tree


def slow_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, word for word."""
    if len(leaves) < 2:
        return hash_leaf(leaves[0]) if leaves else EMPTY_ROOT
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hash_children(slow_root(leaves[:split]), slow_root(leaves[split:]))


SUITE = tree_of([bytes.fromhex(text) for text in INPUTS])
LEAVES = [b"leaf %d" % number for number in range(LARGEST)]
TREE = tree_of(LEAVES)
ROOT = [root_of(size, TREE.node) for size in range(LARGEST + 1)]


def decoded(proof: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in proof]


@pytest.mark.parametrize("size", range(9))
def test_roots_of_the_suite(size: int) -> None:
    assert root_of(size, SUITE.node).hex() == ROOTS[size]
    tree = verify_audit.Tree()
    tree.extend(b"".join(SUITE.nodes[0, index] for index in range(size)))
    assert tree.root().hex() == ROOTS[size]


@pytest.mark.parametrize(("leaf", "size"), INCLUSION)
def test_inclusion_proofs_of_the_suite(leaf: int, size: int) -> None:
    proof = prove_inclusion(leaf - 1, size, SUITE.node)
    assert proof == decoded(INCLUSION[leaf, size])
    root = bytes.fromhex(ROOTS[size])
    assert verify_inclusion(SUITE.nodes[0, leaf - 1], leaf - 1, size, proof, root)


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_consistency_proofs_of_the_suite(first: int, second: int) -> None:
    proof = prove_consistency(first, second, SUITE.node)
    assert proof == decoded(CONSISTENCY[first, second])
    assert verify_consistency(first, second, proof, bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second]))


def test_the_example_of_the_rfc() -> None:
    """RFC 6962 section 2.1.3: seven leaves d0 to d6, and its names for the nodes."""
    a, b, c, d, e, f, j = (hash_leaf(b"d%d" % number) for number in range(7))
    g, h, i = hash_children(a, b), hash_children(c, d), hash_children(e, f)
    k, l = hash_children(g, h), hash_children(i, j)  # noqa: E741
    tree = tree_of([b"d%d" % number for number in range(7)])
    assert root_of(7, tree.node) == hash_children(k, l)
    assert prove_inclusion(0, 7, tree.node) == [b, h, l]
    assert prove_inclusion(3, 7, tree.node) == [c, g, l]
    assert prove_inclusion(4, 7, tree.node) == [f, j, k]
    assert prove_inclusion(6, 7, tree.node) == [i, k]
    assert prove_consistency(3, 7, tree.node) == [c, d, g, l]
    assert prove_consistency(4, 7, tree.node) == [l]
    assert prove_consistency(6, 7, tree.node) == [i, j, k]


def test_every_root_is_what_the_definition_gives() -> None:
    assert all(ROOT[size] == slow_root(LEAVES[:size]) for size in range(LARGEST + 1))


@given(st.lists(st.integers(0, 40), max_size=12))
@settings(max_examples=50, deadline=None)
def test_leaves_may_be_appended_in_any_portions(portions: list[int]) -> None:
    grown, seen = Stored(), verify_audit.Tree()
    for portion in portions:
        leaves = [b"leaf %d" % number for number in range(grown.size, grown.size + portion)]
        grown.append(*leaves)
        seen.extend(b"".join(map(hash_leaf, leaves)))
    once = tree_of([b"leaf %d" % number for number in range(grown.size)])
    assert grown.nodes == once.nodes
    assert seen.root() == root_of(grown.size, once.node)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 63, 64, 65, 127, 128, 199, 200])
def test_every_inclusion_proof_verifies_for_its_leaf_and_no_other(size: int) -> None:
    for index in range(size):
        proof = prove_inclusion(index, size, TREE.node)
        leaf = TREE.nodes[0, index]
        assert verify_inclusion(leaf, index, size, proof, ROOT[size])
        assert verify_audit.root_from_inclusion(leaf, index, size, proof) == ROOT[size]
        assert not verify_inclusion(leaf, index, size, [*proof, leaf], ROOT[size])
        assert not verify_inclusion(leaf, index, size, proof, ROOT[size - 1])
        if proof:
            assert not verify_inclusion(leaf, index, size, proof[:-1], ROOT[size])
            assert not verify_inclusion(leaf, (index + 1) % size, size, proof, ROOT[size])


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_no_flipped_bit_of_an_inclusion_proof_verifies(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, LARGEST))
    index = data.draw(st.integers(0, size - 1))
    proof = prove_inclusion(index, size, TREE.node)
    assert verify_inclusion(TREE.nodes[0, index], index, size, proof, ROOT[size])
    broken = flip(proof, data)
    assert not verify_inclusion(TREE.nodes[0, index], index, size, broken, ROOT[size])
    assert verify_audit.root_from_inclusion(TREE.nodes[0, index], index, size, broken) != ROOT[size]


def test_every_consistency_proof_verifies() -> None:
    for second in range(LARGEST + 1):
        for first in range(second + 1):
            proof = prove_consistency(first, second, TREE.node)
            assert verify_consistency(first, second, proof, ROOT[first], ROOT[second])
            assert verify_audit.is_consistent(first, second, proof, ROOT[first], ROOT[second])
            assert len(proof) <= second.bit_length() + 1


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_no_flipped_bit_of_a_consistency_proof_verifies(data: st.DataObject) -> None:
    second = data.draw(st.integers(2, LARGEST))
    first = data.draw(st.integers(1, second - 1))
    proof = prove_consistency(first, second, TREE.node)
    for verify in (verify_consistency, verify_audit.is_consistent):
        assert verify(first, second, proof, ROOT[first], ROOT[second])
        assert not verify(first, second, flip(proof, data), ROOT[first], ROOT[second])
        assert not verify(first, second, proof[:-1], ROOT[first], ROOT[second])
        assert not verify(first, second, [*proof, proof[0]], ROOT[first], ROOT[second])
        assert not verify(first, second, proof, ROOT[first - 1], ROOT[second])
        assert not verify(first, second, proof, ROOT[first], ROOT[second - 1])


def flip(proof: list[bytes], data: st.DataObject) -> list[bytes]:
    place = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    value = int.from_bytes(proof[place], "big") ^ (1 << bit)
    return [*proof[:place], value.to_bytes(32, "big"), *proof[place + 1 :]]


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_there_is_no_proof_for_a_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        prove_inclusion(index, size, TREE.node)
    assert not verify_inclusion(LEAVES[0], index, size, [], ROOT[5])


def test_a_tree_does_not_shrink() -> None:
    with pytest.raises(ValueError, match="does not grow"):
        prove_consistency(9, 8, TREE.node)
    assert not verify_consistency(9, 8, [], ROOT[9], ROOT[8])


def test_proofs_of_ten_million_leaves_read_few_nodes() -> None:
    reads = 0

    def node(level: int, index: int) -> bytes:
        nonlocal reads
        reads += 1
        return hash_leaf(b"%d %d" % (level, index))

    size = 10_000_019
    assert len(prove_inclusion(1_234_567, size, node)) <= 24
    prove_consistency(9_999_937, size, node)
    root_of(size, node)
    assert reads < 120
