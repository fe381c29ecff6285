"""Attacks by way of an article, and an engine that falls for them."""

from goldbrief.testing.attacks.bombs import Bomb, bombs
from goldbrief.testing.attacks.composing import Attack, attack_set
from goldbrief.testing.attacks.gullible import GullibleEngine

__all__ = ["Attack", "Bomb", "GullibleEngine", "attack_set", "bombs"]
