"""What the contestants write: the same prompts and the same number of tokens for all of them, from one seed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from generation.engine.types import Decoding, GenerationRequest, Message, Strategy

SEED = 20250101
SLOTS = 16  # on a CPU
LONGEST_BRIEF = 320  # words
LONGEST_TEXT = 640  # tokens of a prompt and its output
WORDS = {
    "thing": "coffee mug,linen shirt,trail shoe,desk lamp,rain jacket,travel bag,garden chair,wool blanket,city bike",
    "place": "harbour,mountain village,workshop,quiet office,busy kitchen,northern coast,market hall,small studio",
    "people": "young families,weekend hikers,night nurses,first-time buyers,loyal customers,students,chefs",
    "quality": "light,durable,honest,warm,quiet,precise,washable,affordable,elegant,sturdy,handmade,waterproof",
    "other": "steel bottle,pocket knife,reading chair,leather belt,tea pot,kitchen scale,notebook,umbrella",
}
PATTERNS = (
    "Our {quality} {thing} comes from a {place} where {people} test every {other} for {number} days.",
    "Say why {people} would choose a {quality} {thing} over any {other} that costs {number} euro more.",
    "The {thing} must sound {quality}, never loud; mention the {place} and the {number} years of repair.",
    "In spring {people} left the {place} with a {quality} {other}, and {number} of them asked for the {thing} again.",
    "Avoid the word {other}; write about how {quality} the {thing} feels after {number} washes in a {place}.",
)

Encode = Callable[[str], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to write; the ranges are tokens, both ends included."""

    texts: int
    prompt: tuple[int, int] = (50, 300)
    output: tuple[int, int] = (30, 300)
    variants: int = 1

    def __str__(self) -> str:
        """Return the size as the table shows it."""
        many = f"{self.texts} briefs × {self.variants} variants" if self.variants > 1 else f"{self.texts} requests"
        return f"{many}, prompt {self.prompt[0]}–{self.prompt[1]}, output {self.output[0]}–{self.output[1]}"


@dataclass(frozen=True, slots=True)
class Heat:
    """What one contestant has to do on a model of the catalogue, a folder, or random weights.

    `only` numbers the briefs that it writes (empty: all); `threads` 0 is the engine's own choice.
    """

    model: str
    size: Size
    slots: int
    contestant: str = "ours"
    device: str = "cpu"
    threads: int = 0
    only: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """One brief: `prompt` are its tokens with the chat template around the text, `tokens` how many to write."""

    number: int
    text: str
    prompt: tuple[int, ...]
    tokens: int
    variants: int = 1


def request_for(wanted: Wanted) -> GenerationRequest:
    """Return the engine's request: greedy for a single text, sampled where variants are asked."""
    strategy: Strategy = "sample" if wanted.variants > 1 else "greedy"
    return GenerationRequest(
        request_id=f"benchmark-{wanted.number}",
        messages=(Message("user", wanted.text),),
        decoding=Decoding(strategy, temperature=1.0, top_p=1.0, max_tokens=wanted.tokens),
        seed=wanted.number,
        variants=wanted.variants,
    )


def draw_lengths(size: Size) -> list[tuple[int, int]]:
    """Return prompt and output length of every text."""
    random = Random(SEED)
    return [(random.randint(*size.prompt), random.randint(*size.output)) for _ in range(size.texts)]


def draw(size: Size, encode: Encode) -> list[Wanted]:
    """Return the briefs; each is cut between two words so that its prompt has at most the drawn number of tokens."""
    wanted = []
    for number, (longest, output) in enumerate(draw_lengths(size)):
        words = brief(Random(number)).split()
        count = longest
        while count > 1 and len(encode(" ".join(words[:count]))) > longest:
            count -= 1
        text = " ".join(words[:count])
        wanted.append(Wanted(number, text, tuple(encode(text)), output, size.variants))
    return wanted


def brief(random: Random) -> str:
    """Return an English brief of more than LONGEST_BRIEF words."""
    sentences: list[str] = []
    while sum(sentence.count(" ") + 1 for sentence in sentences) < LONGEST_BRIEF:
        words = {kind: random.choice(choices.split(",")) for kind, choices in WORDS.items()}
        sentences.append(random.choice(PATTERNS).format(number=random.randint(2, 999), **words))
    return " ".join(sentences)


def evenly_spread(size: Size, count: int) -> list[int]:
    """Return the numbers of `count` texts, spread evenly over the output lengths."""
    by_length = sorted(range(size.texts), key=lambda number: draw_lengths(size)[number][1])
    step = max(1, size.texts // count)
    return sorted(by_length[step // 2 :: step])
