"""What running out of memory looks like, and giving memory back."""

import gc

import torch


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether the device or this machine had no memory left."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)  # the CPU's allocator has no class


def release() -> None:
    """Give back what no tensor holds any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
