from pathlib import Path

import pytest
import yaml
from runs import PROMPT

from goldbrief.core.training import TrainingSpec
from goldbrief_training.adapter import SERVED_RANKS

RECIPES = Path(__file__).parents[3] / "training-job" / "recipes"


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_recipe_is_part_of_a_servable_spec(path):

    fields = yaml.safe_load(path.read_text())
    data = [{"files": [{"key": "d", "name": "d.jsonl"}]}]
    own = {"run_id": "r", "model": "m", "train_data": data, "register_to": "m", "prompt": PROMPT}
    spec = TrainingSpec.model_validate(own | fields)
    assert spec.lora.rank in SERVED_RANKS
