"""The embedded CPU inference server: completions with adapters, chat, and embeddings.

The only room of `goldbrief` that imports torch. It speaks subsets of the OpenAI API and
of Text Generation Inference's, so that its clients work unchanged with vLLM and TGI.
"""

import os

# Before torch loads OpenMP: its threads spin while they wait, by default for milliseconds, and
# when training runs on the same cores each spins on the other's time. Not spinning at all
# costs a wake-up for each of the hundreds of short operations of a token. Tokens a second of
# SmolLM2 with 2 threads on 2 cores, by spin count of GNU's OpenMP, quiet and beside a busy process:
# 0: 30 and 24; 3,000: 37 and 17; 10,000: 40 and 13. Other runtimes read the policy alone.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "3000")
