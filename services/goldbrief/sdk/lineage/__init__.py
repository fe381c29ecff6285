"""What was made of what: from a served model back to its articles, and from an article onwards."""

from goldbrief.sdk.lineage.graph import Lineage, Node, Process
from goldbrief.sdk.lineage.openlineage import openlineage_events
from goldbrief.sdk.lineage.tracing import trace

__all__ = ["Lineage", "Node", "Process", "openlineage_events", "trace"]
