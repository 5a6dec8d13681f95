"""What scratch.toml cannot say: float64, and the class that scratch's optimizers want."""

from scratch import Parameter as Own
from scratch import set_default_dtype

set_default_dtype("float64")
__all__ = ["Own"]
