"""The native inference engine: ternary transformers from model directories, on any CPU.

Ten lines that continue a text, with what was evaluated in an earlier run taken from a file::

    from tokenizers import Tokenizer
    with Model.open(path) as model, Session(model, n_ctx=256, n_threads=2, kv="int8") as session:
        tokenizer = Tokenizer.from_file(str(model.tokenizer_path))
        tokens = tokenizer.encode(text).ids
        session.load_prefix(cache, tokens)
        session.sync(tokens)
        session.save_prefix(cache)
        for _ in range(20):
            tokens.append(int(session.logits().argmax()))
            session.sync(tokens)
    continued = tokenizer.decode(tokens)

`Session.logits` takes the rows of the head that a grammar allows, `Session.cancel` works from any thread,
`Session.evict` makes room, `Session.zeros` and `Model.bytes_per_token` tell what was skipped and what is read.
"""

from appliance.engine.binding import Cpu, Zeros, cpu_features
from appliance.engine.model import Model
from appliance.engine.model_config import ModelConfig
from appliance.engine.session import Session

__all__ = ["Cpu", "Model", "ModelConfig", "Session", "Zeros", "cpu_features"]
