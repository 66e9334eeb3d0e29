"""The processes of one training: who this one is, and the few things they tell each other.

The places come from torchrun's variables; without them there is one process, and every exchange is with itself.
gloo connects processes that compute on CPUs, nccl those on GPUs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trimtab.runtime import optional


@dataclass(frozen=True)
class Group:
    rank: int
    world: int
    device: Any

    @classmethod
    def join(cls, variables: Mapping[str, str]) -> Group:
        torch = optional.need("torch", "a training")
        rank, world, local = (int(variables.get(n, d)) for n, d in _PLACES)
        on_gpu = torch.cuda.is_available()
        device = torch.device("cuda", local) if on_gpu else torch.device("cpu")
        if on_gpu:
            torch.cuda.set_device(device)
        if world > 1:
            torch.distributed.init_process_group("nccl" if on_gpu else "gloo")
        return cls(rank, world, device)

    @property
    def leads(self) -> bool:
        """The one process that writes and speaks."""
        return self.rank == 0

    def summed(self, numbers: Sequence[float]) -> list[float]:
        """The sums over all processes, the same in each. Every process must ask at the same point."""
        if self.world == 1 or not numbers:
            return list(numbers)
        import torch

        tensor = torch.tensor(numbers, dtype=torch.float64, device=self.device)
        torch.distributed.all_reduce(tensor)
        return [float(number) for number in tensor.tolist()]

    def gathered(self, value: Any) -> list[Any]:
        """The value of each process, by rank."""
        if self.world == 1:
            return [value]
        import torch

        values: list[Any] = [None] * self.world
        torch.distributed.all_gather_object(values, value)
        return values

    def of_leader(self, value: Any) -> Any:
        """The leader's value, in each process."""
        if self.world == 1:
            return value
        import torch

        box = [value]
        torch.distributed.broadcast_object_list(box, src=0, device=self.device)
        return box[0]

    def leave(self) -> None:
        """Go together. Who went before the leader has written could not help if that fails; and gloo's threads let go of
        their last tensors while Python still runs: a process that exits at once is aborted by them."""
        if self.world > 1:
            import torch

            torch.distributed.barrier()
            torch.distributed.destroy_process_group()


_PLACES = (("RANK", "0"), ("WORLD_SIZE", "1"), ("LOCAL_RANK", "0"))
