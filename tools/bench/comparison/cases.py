"""What is measured, in which unit, and what Weft should reach."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Case:
    """One row of the table. `amount` is divided by the seconds of a call (a
    rate), or, if `lower` is better, multiplied with them."""
    name: str
    title: str
    unit: str
    amount: float
    lower: bool = False
    program_case: str = ""   # as the programs call it; empty: `name`
    disable: str = ""        # passes of Weft that are left out
    only_weft: bool = False

    def value(self, seconds):
        return seconds * self.amount if self.lower else self.amount / seconds


def flops(m, k, n):
    return 2e-9 * m * k * n


CASES = [
    Case("B1", "784-30-10 sigmoid, batch 10, SGD", "samples/s", 10),
    Case("B2-momentum", "784-300-100-10 ReLU, batch 64, momentum",
         "samples/s", 64),
    Case("B2-adam", "784-300-100-10 ReLU, batch 64, Adam", "samples/s", 64),
    Case("B3", "784-1024-1024-10 ReLU, batch 256, Adam", "samples/s", 256),
    Case("B7", "10,000 elementwise nodes on 16-vectors, both ways", "ns/node",
         1e5, lower=True),
    Case("B7-unfused", "the same, fusion off", "ns/node", 1e5, lower=True,
         program_case="B7", disable="fuse", only_weft=True),
    Case("B8", "one sample through 784-300-100-10", "µs", 1e6, lower=True),
    Case("B9", "8 towers 98-256×4, batch 32, momentum", "samples/s", 32),
    Case("B10", "784-25-10 sigmoid, batch 5,000, value and gradient", "ms",
         1e3, lower=True),
]

PRODUCTS = [
    Case("64x64x64", "64³", "GFLOP/s", flops(64, 64, 64)),
    Case("64x784x300", "64×784 · 784×300", "GFLOP/s", flops(64, 784, 300)),
    Case("784x64x300-ta", "(64×784)ᵀ · 64×300", "GFLOP/s",
         flops(784, 64, 300)),
    Case("64x300x100", "64×300 · 300×100", "GFLOP/s", flops(64, 300, 100)),
    Case("64x100x300-tb", "64×100 · (300×100)ᵀ", "GFLOP/s",
         flops(64, 100, 300)),
    Case("256x784x1024", "256×784 · 784×1024", "GFLOP/s",
         flops(256, 784, 1024)),
    Case("784x256x1024-ta", "(256×784)ᵀ · 256×1024", "GFLOP/s",
         flops(784, 256, 1024)),
    Case("256x1024x1024-tb", "256×1024 · (1024×1024)ᵀ", "GFLOP/s",
         flops(256, 1024, 1024)),
]

BY_NAME = {c.name: c for c in CASES + PRODUCTS}
