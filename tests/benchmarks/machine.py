"""Where the figures were taken."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import torch

from generation.engine.tuning import cores
from tests.benchmarks.console import Options

LIBRARIES = ("torch", "transformers", "tokenizers")


def describe(options: Options) -> dict[str, str]:
    """Return the head of the table."""
    return {
        "machine": f"{processor()}, {cores()} cores, {memory():.0f} GiB, {platform.platform()}",
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "CUDA device": torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
        "torch threads": str(options.threads or "the engine's choice, the same for its peers"),
        "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "not set"),
        "dtype": "float32 on the CPU, bfloat16 on CUDA",
        "versions": ", ".join([f"Python {platform.python_version()}", *(f"{one} {version(one)}" for one in LIBRARIES)]),
    }


def processor() -> str:
    """Return the processor's name."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def memory() -> float:
    """Return the memory in GiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
