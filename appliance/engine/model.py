"""An open model: immutable, shared by any number of sessions."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from appliance.engine import binding
from appliance.engine.binding import Cpu, Handle
from appliance.engine.model_config import ModelConfig
from appliance.engine.model_directory import OpenDirectory, read_directory
from appliance.errors import EngineError


class Model:
    """A model in memory. Make one with :meth:`open`; it is a context manager.

    Closing it gives the memory back as soon as its last session is closed too.
    """

    def __init__(
        self,
        handle: Handle,
        config: ModelConfig,
        tokenizer_path: Path,
        digest: bytes = b"",
        sizes: Mapping[str, int] | None = None,
        with_head: OpenDirectory | None = None,
    ) -> None:
        """Take over an open handle; use :meth:`open`."""
        self._sizes = dict(sizes or {})
        self._handle: Handle | None = handle
        self._digest = digest
        self._config = config
        self._tokenizer_path = tokenizer_path
        self._with_head = with_head
        """Where the head is still to be taken into huge pages from."""
        self._holding = threading.Lock()

    @classmethod
    def open(cls, path: Path | str, *, verify: bool = True, cpu: Cpu | None = None, hold: bool = True) -> Self:
        """Open a model directory.

        `verify` compares its files with their SHA-256 and looks at every weight first. `hold` takes the layers of a large
        model into huge pages of this process, if the kernel gives them and there is room: decoding is up to 1.3 times as
        fast (decision 25). Without it they stay mapped; without both, opening takes milliseconds and touches no weight.
        `cpu` limits the instruction sets to use (tests and benches; `Cpu.REFERENCE` is the portable code), None takes the
        best this CPU has. Raises `ModelError` for a directory that is no sound model, `EngineError` when `cpu` asks for
        what is not there or memory runs out.
        """
        directory = read_directory(Path(path), verify=verify)
        handle = binding.model_open(directory.config, directory.tensors, cpu, checked=True)
        binding.model_read_rows(handle, directory.file.descriptor, directory.weights)
        directory.let_go()
        if hold:
            directory.hold(("layers.",))
        sizes = {tensor.name: len(tensor.data) for tensor in directory.tensors}
        with_head = directory if hold else None
        return cls(handle, directory.config, directory.tokenizer_path, directory.digest, sizes, with_head)

    def hold_head(self) -> None:
        """Take the head into huge pages, once: a session calls this when all of its rows are wanted."""
        with self._holding:
            directory, self._with_head = self._with_head, None
            if directory is not None:
                directory.hold(("head",) if "head" in self._sizes else ("embed",))

    def make_shortlist(self, n_threads: int = 1) -> None:
        """Make a coarse copy of the head, 2.1 bits a weight, so that :meth:`Session.logits` of all tokens is read from less memory.

        Once; for sessions that are made after it. Logits that can be the greatest keep their bits, the others become coarse (decision 43).
        Raises `EngineError` when memory or threads run out, or it was made before.
        """
        self.hold_head()
        binding.model_shortlist(self.handle, n_threads)

    @property
    def handle(self) -> Handle:
        """The native handle, for sessions; `EngineError` after :meth:`close`."""
        if self._handle is None:
            raise EngineError("the model is closed")
        return self._handle

    @property
    def config(self) -> ModelConfig:
        """The model's shape."""
        return self._config

    @property
    def digest(self) -> bytes:
        """What names its configuration and weights: 32 bytes from its manifest; empty when it has none."""
        return self._digest

    @property
    def isa(self) -> str:
        """The name of the kernels it runs on."""
        return binding.model_isa(self.handle)

    @property
    def tokenizer_path(self) -> Path:
        """Its ``tokenizer.json``, for the ``tokenizers`` library."""
        return self._tokenizer_path

    def bytes_per_token(self, head_rows: int | None = None) -> int:
        """Return the bytes of weights that one decoding step reads, with `head_rows` rows of the head (None: all).

        The matrices and norms of all layers, a row of the embedding and the rows of the head; zeros that are skipped count
        as read, keys and values do not.
        """
        rows = self._config.n_vocab
        layers = sum(size for name, size in self._sizes.items() if name.startswith(("layers.", "final_norm")))
        embed, head = (self._sizes.get(name, 0) + self._sizes.get(name + "_scale", 0) for name in ("embed", "head"))
        read = rows if head_rows is None else min(max(head_rows, 0), rows)
        return layers + embed // rows + (head or embed) * read // rows

    def close(self) -> None:
        """Let go of the model; open sessions keep it alive. Closing twice is fine."""
        self._handle = self._with_head = None

    def __enter__(self) -> Self:
        """Return the model itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()
