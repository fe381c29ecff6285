"""The Goldbrief fine-tuning job: one spec in; events, checkpoints and a LoRA adapter out."""
