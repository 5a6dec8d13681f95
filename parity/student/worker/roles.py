"""What the arguments of functions for training are called, in English and Portuguese. Both processes read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .names import ARGUMENTS

__all__ = ["ROLES", "paired"]

ROLES = {
    "fan_in": ("in_features", *ARGUMENTS["in_features"], "prev_layer_size", "input_units", "n_prev"),
    "fan_out": ("out_features", *ARGUMENTS["out_features"], "layer_size", "output_units", "n_curr"),
} | {
    role: tuple(names.split())
    for role, names in {
        "grads": "grads grad gradients gradientes gradient_list grads_list dparams",
        "params": "params parameters parametros ps p",
        "max_norm": "max_norm maxnorm max_grad_norm clip_norm norma_maxima norma_max max_norma norm_max maior_norma",
        # Where the function's name says that it is a norm that is limited.
        "limit": "threshold limit max_value clip_value limite limiar maximo theta max clip",
        "shape": "shape size dims weight_shape formato forma tamanho",
        "tensor": "tensor w W weight weights array pesos matriz",
        "rng": "rng generator gen gerador",
        "seed": "seed semente random_state random_seed",
        "inputs": "X x inputs input data dados entradas features images imagens xs examples exemplos X_train x_train",
        "targets": "y Y targets target labels label t T rotulos alvos alvo saidas ys classes y_train Y_train",
        "batch_size": "batch_size batchsize batch bs mini_batch_size minibatch_size size tamanho_lote tamanho_do_lote"
        " tam_lote lote",
        "shuffle": "shuffle shuffled embaralhar embaralha misturar aleatorio",
        "drop_last": "drop_last descartar_ultimo",
        "dataset": "dataset data ds train_set conjunto dados",
        "model": "model net network modelo rede mlp",
        "loss": "loss criterion loss_fn loss_function loss_func perda funcao_perda custo funcao_custo criterio",
        "optimizer": "optimizer optim opt otimizador",
        "batches": "batches loader dataloader data_loader train_loader lotes carregador",
        "epochs": "epochs n_epochs num_epochs epocas n_epocas num_epocas",
    }.items()
}


def paired(own: Sequence[str], forms: Iterable[str], options: str = "") -> Mapping[str, str] | None:
    """What each role of the first form that fits is called here; None where an argument is left that must be given.

    `own` are the arguments, of which those with a default end in "=". A form is a line of roles.
    """
    names = [name.rstrip("=") for name in own if not name.startswith("*")]
    required = {name for name in own if not name.startswith("*") and not name.endswith("=")}
    for form in forms:
        found: dict[str, str] = {}
        for role in (*form.split(), *options.split()):
            chosen = next((one for one in ROLES[role] if one in names and one not in found.values()), None)
            found |= {role: chosen} if chosen else {}
        if all(role in found for role in form.split()) and required <= set(found.values()):
            return found
    return None
