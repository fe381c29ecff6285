"""Generated from proto/ by scripts/generate.sh; never edited."""
