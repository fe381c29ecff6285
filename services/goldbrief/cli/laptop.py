"""The recipe that `goldbrief run --goldens ... --articles ...` uses without a file."""

LAPTOP_RECIPE = """\
article: {strategy: select, tokens: 420, wrap: chatml}
synthesis: {candidates_per_article: 1, max_rewrites: 2, accept_score: 3.0}
dataset: {name: briefs, pairs: 64, eval_pairs: 10}
finetuning:
  model: smollm2-135m-instruct
  register_to: briefs
  training_duration: 2ep
  learning_rate: 1.0e-3
  batch_size: 1
  micro_batch_size: 1
  context_length: 2048
  lora: {rank: 16, alpha: 32, last_layers: 16}
evaluation: {articles: 6, concurrency: 6, max_new_tokens: 420}
"""
