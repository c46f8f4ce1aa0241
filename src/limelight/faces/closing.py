"""Closing: models that are freed when their ``with`` block ends."""

from abc import ABC, abstractmethod
from typing import Self


class Closing(ABC):
    """Something that holds models from its making to its :meth:`close`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Free what is held; calling it twice does no harm."""
