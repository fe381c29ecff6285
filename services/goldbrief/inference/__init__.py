"""The embedded CPU inference server: completions with adapters, chat, and embeddings.

The only room of `goldbrief` that imports torch. It speaks subsets of the OpenAI API and
of Text Generation Inference's, so that its clients work unchanged with vLLM and TGI.
"""

import os

# Before torch loads OpenMP: its threads spin while they wait, and when training runs on the
# same cores each spins on the other's time. Decoding SmolLM2 with 2 threads on 2 cores: at
# load 4, 0.8 tokens a second spinning and 11.8 passive; at load 2.7, 14.8 and 13.6.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
