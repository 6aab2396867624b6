"""The native inference engine: ternary transformers from model directories, on any CPU.

>>> with Model.open(path) as model, Session(model, n_ctx=128) as session:
...     session.sync(tokens)
...     best = session.logits().argmax()
"""

from appliance.engine.binding import Cpu, cpu_features
from appliance.engine.model import Model
from appliance.engine.model_config import ModelConfig
from appliance.engine.session import Session

__all__ = ["Cpu", "Model", "ModelConfig", "Session", "cpu_features"]
