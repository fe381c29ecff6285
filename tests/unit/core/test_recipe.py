import pytest

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.recipe import Recipe


def test_an_empty_recipe_has_the_seeds_shape() -> None:
    recipe = Recipe.parse("")
    assert (recipe.dataset.pairs, recipe.dataset.eval_pairs) == (5000, 500)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sed: 3", "unknown key 'sed'; did you mean 'seed'?"),
        ("finetuning: {learning_rat: 1}", "did you mean 'learning_rate'?"),
        ("zzzz: 3", "known keys: "),
        ("finetuning: {training_duration: 2epochs}", "'2epochs' is not a training duration"),
        ("dataset: {pairs: 0}", "dataset.pairs"),
        ("synthesis: {accept_score: 2, reject_score: 3}", "reject_score is above accept_score"),
        ("synthesis: {synthetic: {articles: 5}}", "name `topics` for the synthetic articles"),
        ("synthesis: {temperatures: []}", "synthesis.temperatures"),
        ("ingest: {pii: shred}", "ingest.pii: Input should be 'keep', 'mask' or 'reject'"),
        ("ingest: {languages: [English]}", "ingest.languages.0"),
        ("[1, 2]", "must hold keys and values, not a list"),
        ("a: [", "is not YAML"),
        ("a: 2025-13-45", "is not YAML"),
        ("a: " + "9" * 5000, "is not YAML"),
        ("[" * 100_000, "nested more than 50 deep"),
        ('{"a":' * 100_000, "nested more than 50 deep"),
        ("- " * 100_000, "nested more than 50 deep"),
        ("a: !!timestamp x", "is not YAML"),
    ],
)
def test_a_wrong_recipe_names_the_key_and_what_to_do(text: str, expected: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Recipe.parse(text, "my.yaml")
    assert expected in str(caught.value)
    assert "my.yaml" in str(caught.value)


def test_a_recipe_survives_its_own_json() -> None:
    recipe = Recipe.parse("seed: 3\nfinetuning: {lora: {rank: 8}}")
    assert Recipe.parse(recipe.model_dump_json()) == recipe
