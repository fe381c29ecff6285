"""Every client of a language model: teacher, judge, embeddings, serving engines."""

from goldbrief.platform.llm.chat import OpenAIChat
from goldbrief.platform.llm.embeddings import HttpEmbedder
from goldbrief.platform.llm.engines import OpenAIEngine
from goldbrief.platform.llm.tgi import TgiEngine

__all__ = ["HttpEmbedder", "OpenAIChat", "OpenAIEngine", "TgiEngine"]
