"""jax's losses, which are in optax, as they come from PyPI."""

from optax.losses import (
    cosine_similarity,
    ctc_loss,
    huber_loss,
    kl_divergence,
    kl_divergence_with_log_targets,
    sigmoid_binary_cross_entropy,
    softmax_cross_entropy_with_integer_labels,
    squared_error,
    triplet_margin_loss,
)
