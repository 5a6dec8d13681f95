"""What people call what PyTorch calls otherwise: arguments, parameters, gradients. Both processes read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = [
    "ARGUMENTS", "GRADIENT", "GRADIENTS", "GRADIENTS_TOGETHER", "INPUT_GRADIENTS", "MODES", "PARAMETERS", "PREDICTIONS",
    "TARGETS", "TOGETHER", "VALUES", "pairing", "roles",
]  # fmt: skip

# Arguments of constructors. English and Portuguese, as in courses and books.
ARGUMENTS = {
    name: tuple(others.split())
    for name, others in {
        "in_features": "n_in nin n_inputs num_inputs n_input input_size input_dim in_dim in_size d_in dim_in fan_in"
        " inputs in_ num_in size_in n_features in_units input_features n_of_inputs input_shape entrada entradas"
        " n_entrada n_entradas num_entradas num_dados_entrada dim_entrada tamanho_entrada",
        "out_features": "n_out nout n_outputs num_outputs n_output output_size output_dim out_dim out_size d_out"
        " dim_out fan_out outputs out num_out size_out n_neurons num_neurons neurons units n_units hidden_size"
        " out_units output_features n_of_neurons output_shape saida saidas n_saida n_saidas num_saidas num_neuronios"
        " n_neuronios neuronios dim_saida tamanho_saida",
        "bias": "use_bias with_bias has_bias vies usar_vies",
        "p": "rate drop_rate dropout_rate drop_prob drop_probability dropout_prob prob dropout taxa probabilidade",
        "eps": "epsilon e eps_ epsilon_",
        "momentum": "mu momento beta",
        "num_features": "n_features features num_channels channels dim size d in_features n_out num_feature",
        "normalized_shape": "features dim size d n_features num_features shape normalized_dim",
        "negative_slope": "alpha slope leak leak_rate a inclinacao",
        "alpha": "a rho decay_rate decay beta gamma smoothing",
        "beta": "b delta",
        "delta": "d threshold beta",
        "dim": "axis eixo",
        "in_channels": "in_ch n_in channels_in c_in in_depth input_channels canais_entrada",
        "out_channels": "out_ch n_out channels_out c_out filters n_filters num_filters out_depth output_channels"
        " canais_saida",
        "kernel_size": "k kernel size filter_size pool_size ksize kernel_shape window tamanho",
        "stride": "s strides step passo",
        "padding": "pad p preenchimento",
        "num_embeddings": "vocab_size n_vocab num_words n_words vocabulary_size n_tokens",
        "embedding_dim": "dim d embed_dim emb_dim n_embd d_model embedding_size",
        "input_size": "n_in in_features input_dim in_dim d_in nin",
        "hidden_size": "n_hidden hidden_dim hidden n_out units d_hidden",
        "lr": "learning_rate eta alpha step_size taxa taxa_aprendizado taxa_de_aprendizado",
        "weight_decay": "wd l2 lambda_ lmbda reg weight_decay_rate",
        "betas": "beta coefficients",
        "lr_decay": "decay learning_rate_decay",
        "step_size": "step every drop_every period",
        "gamma": "factor decay drop",
        "milestones": "steps epochs",
        "T_max": "t_max total total_steps T n_steps",  # codespell:ignore
        "eta_min": "lr_min min_lr",
        "reduction": "reduce reducao",
    }.items()
}
# One argument of PyTorch's that others make two of.
SPLIT = {"betas": (("beta1", "beta2"), ("beta_1", "beta_2"), ("b1", "b2"), ("rho1", "rho2"))}

# Parameters and buffers, as attributes or as keys of a dict.
PARAMETERS = {
    name: tuple(others.split())
    for name, others in {
        "weight": "weights W w kernel kernels filters gamma g scale pesos peso matrix theta Ws"
        " embedding embeddings table",
        "bias": "biases b B beta shift offset vies bs intercept",
        "weight_ih": "Wxh W_xh Wx W_x W_ih Wih Wax U",
        "weight_hh": "Whh W_hh Wh W_h Waa",
        "bias_ih": "b_ih bih bx b_x",
        "bias_hh": "b_hh bhh bh b_h",
        "running_mean": "moving_mean run_mean mean_running avg_mean media",
        "running_var": "moving_var moving_variance run_var running_variance var_running variancia",
    }.items()
}
# Dicts or lists of parameters, and of gradients.
TOGETHER = ("params", "parameters", "parametros", "_params", "_parameters", "weights", "p", "theta")
GRADIENTS_TOGETHER = ("grads", "gradients", "gradientes", "_grads", "dparams", "grad", "d")
# Where an object keeps its number, and the gradient beside it.
VALUES = ("data", "value", "val", "array", "dado", "valor")
GRADIENT = ("grad", "gradient", "gradiente", "diff", "g")

# What a gradient is called by those who keep it beside the value: `weight_grad`, `dweight` …
GRADIENTS = (
    "{}_grad", "grad_{}", "d{}", "d_{}", "grad{}", "{}_gradient", "gradient_{}", "{}grad", "g{}", "{}_grads",
    "delta_{}", "dL_d{}", "dLd{}", "dl_d{}", "grad_{}s", "d{}s", "_{}_grad", "_grad_{}", "_d{}",
)  # fmt: skip
INPUT_GRADIENTS = (
    "dinputs", "dinput", "dx", "dX", "grad_input", "grad_inputs", "input_grad", "d_input", "grad_x", "grad_X", "dZ",
    "din", "dA_prev", "dA",
)  # fmt: skip
# A flag that says whether the network is trained, as an argument of forward or as an attribute.
MODES = ("training", "train", "is_training", "train_mode", "is_train", "treino", "treinando")

TARGETS = (
    "target",
    "targets",
    "y_true",
    "t",
    "label",
    "labels",
    "true",
    "expected",
    "truth",
    "alvo",
    "alvos",
    "Y",
    "ytrue",
)
PREDICTIONS = (
    "input", "inputs", "y_pred", "pred", "preds", "prediction", "predictions", "y_hat", "yhat", "logits", "output",
    "outputs", "x", "X", "probs", "p", "predicted", "a", "previsto", "ypred", "scores", "log_probs",
)  # fmt: skip
UPSTREAM = ("grad", "dout", "upstream", "gradient", "g", "dvalues", "dy", "delta", "chain", "d")


def pairing(own: Sequence[str], wanted: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """PyTorch's arguments and what they are called here: {"in_features": ("n_in",), "betas": ("beta1", "beta2")}."""
    names = [name.rstrip("=") for name in own if not name.startswith("*")]
    wanted = list(wanted)
    found: dict[str, tuple[str, ...]] = {name: (name,) for name in wanted if name in names}
    free = [name for name in names if name not in found and name not in wanted]
    for name in wanted:
        if name in found:
            continue
        pair = next((pair for pair in SPLIT.get(name, ()) if all(one in free for one in pair)), None)
        other = next((o for o in ARGUMENTS.get(name, ()) if o in free), None)
        if chosen := pair or ((other,) if other else None):
            found[name] = chosen
            free = [one for one in free if one not in chosen]
    return found


def roles(arguments: Sequence[str], inputs: int) -> list[str]:
    """What each argument of a backward is: "grad", or the "input" and "target" of a loss once more.

    Of nnfs's `backward(dvalues, y_true)`, which has one argument beside the target, that one is the prediction.
    """
    names = [name.rstrip("=") for name in arguments if not name.startswith("*")]
    if inputs < 2 or not names:
        return ["grad"] * len(names)
    if len(names) == 1:
        return ["input" if names[0] in PREDICTIONS else "target" if names[0] in TARGETS else "grad"]
    if not any(name in TARGETS for name in names):
        return ["input", "target"] if len(names) == 2 and names[0] in PREDICTIONS else ["grad"] * len(names)
    others = [name for name in names if name not in TARGETS]
    above = {name for name in others if any(name.startswith(word) for word in UPSTREAM)} if len(others) > 1 else set()
    return ["target" if name in TARGETS else "grad" if name in above else "input" for name in names]
