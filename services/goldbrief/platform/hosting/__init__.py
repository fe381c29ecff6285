"""What a service process is made of, and how it is run."""

from goldbrief.platform.hosting.process import run_process, run_service
from goldbrief.platform.hosting.resources import Resources

__all__ = ["Resources", "run_process", "run_service"]
