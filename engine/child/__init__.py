"""Child processes with typed requests: what may crash, hang or eat memory happens here and costs one request."""

from engine.child.process import ChildProcess
from engine.child.serve import Context, Handler

__all__ = ["ChildProcess", "Context", "Handler"]
