"""All settings of the path model, saved with it; light, so that a saved model opens without the training code."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kgrec.models.path.behaviour import BehaviourConfig
from kgrec.models.path.operators import OperatorConfig


@dataclass(frozen=True)
class TrainingConfig:
    """The training loop. Learning rates are Adam's; the last part of the rounds runs at a fifth of them.

    A small shop needs fewer and smaller batches: both are bounded by the number of users, see `fitted_to`.
    """

    rounds: int = 6
    steps: int = 80  # batches a round, of the first `contexts` contexts; as many of each that comes besides
    batch: int = 512  # users a batch
    table_rate: float = 0.04  # for positions, events, prior, temperature
    gate_rate: float = 0.02  # for the gates of sources and items
    decay: float = 2e-4  # on the squares of the gates
    contexts: int = 3  # past moments learned from; where no order is known, random ones, others every round
    hidden_share: float = 0.12  # of all choices hidden in a random one
    new_items: float = 0.2  # of the items taken for new in one more context
    new_users: float = 0.2  # of the users with segments taken for newcomers in one more context
    validation_users: int = 3000

    def fitted_to(self, n_users: int) -> TrainingConfig:
        """At most an eighth of the users a batch; four passes over them a round, or 20 batches."""
        batch = max(32, min(self.batch, n_users // 8))
        return replace(self, batch=batch, steps=min(self.steps, max(20, 4 * n_users // batch)))


@dataclass(frozen=True)
class PathConfig:
    """All settings of the path model; saved with it."""

    behaviour: BehaviourConfig = field(default_factory=BehaviourConfig)
    operators: OperatorConfig = field(default_factory=OperatorConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)


FAST = {"training.rounds": 2, "operators.single": 80, "operators.pair": 50, "operators.shared": 50}
"""Settings for a first look: a third of the rounds, fewer neighbours."""
