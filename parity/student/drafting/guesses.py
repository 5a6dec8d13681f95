"""What a name may stand for: "Dense" is what PyTorch calls Linear, "Linaer" is Linear misspelt."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches

from parity.student.adapters import Description, built_in
from parity.student.curriculum import ordered_components

__all__ = ["guess", "near_misses"]

# Words of other books and frameworks, in English and Portuguese, without case and underscores.
STANDS_FOR = {
    component: tuple(words.split())
    for component, words in {
        "Valor": "value valor scalar escalar variable variavel var node no scalarvalue",
        "Linear": "dense denselayer layerdense fullyconnected fullyconnectedlayer fc fclayer affine affinelayer"
        " linearlayer densa camadadensa camadalinear totalmenteconectada innerproduct camada layer",
        "ReLU": "relulayer activationrelu rectifier rectifiedlinear reluactivation retificador",
        "LeakyReLU": "leakyrelulayer lrelu leakyactivation",
        "Sigmoid": "sigmoidlayer activationsigmoid logistic logisticactivation sigmoide sigmoidactivation",
        "Tanh": "tanhlayer activationtanh hyperbolictangent tangentehiperbolica tanhactivation",
        "Softmax": "softmaxlayer activationsoftmax softmaxactivation",
        "Dropout": "dropoutlayer layerdropout inverteddropout camadadropout",
        "BatchNorm1d": "batchnorm batchnormalization batchnormlayer bn normalizacaolote normalizacaoemlote",
        "LayerNorm": "layernormalization layernormlayer",
        "Flatten": "flattenlayer achatar achatamento",
        "Conv2d": "conv convolution convolutional conv2 conv2dlayer convlayer convolution2d convolucao"
        " camadaconvolucional",
        "MaxPool2d": "maxpool maxpooling maxpooling2d maxpoollayer poolmax",
        "AvgPool2d": "avgpool averagepool averagepooling averagepooling2d meanpool",
        "Embedding": "embeddinglayer wordembedding lookup",
        "RNNCell": "rnnlayer vanillarnn rnnstep",
        "MSELoss": "mse meansquarederror meansquarederrorloss mselosslayer squarederror l2loss quadraticloss"
        " erroquadratico erroquadraticomedio eqm mseloss lossmse perdaquadratica",
        "L1Loss": "mae meanabsoluteerror maeloss absoluteerror erroabsoluto erroabsolutomedio",
        "BCELoss": "bce binarycrossentropy binarycrossentropyloss logloss entropiacruzadabinaria",
        "BCEWithLogitsLoss": "bcewithlogits sigmoidcrossentropy binarycrossentropywithlogits",
        "CrossEntropyLoss": "crossentropy softmaxcrossentropy softmaxcrossentropyloss softmaxwithloss softmaxloss"
        " categoricalcrossentropy categoricalcrossentropyloss crossentropywithlogits entropiacruzada softmaxce",
        "NLLLoss": "nll negativeloglikelihood",
        "SGD": "gradientdescent stochasticgradientdescent sgdoptimizer optimizersgd gd descidadogradiente momentum"
        " sgdmomentum gradientedescendente",
        "Adagrad": "adagradoptimizer optimizeradagrad",
        "RMSprop": "rmspropoptimizer rms optimizerrmsprop",
        "Adam": "adamoptimizer optimizeradam adaptivemoments",
        "AdamW": "adamwoptimizer",
        "StepLR": "stepdecay stepscheduler",
        "ExponentialLR": "exponentialdecay exponentialscheduler",
        "CosineAnnealingLR": "cosineannealing cosinescheduler cosinelr cosinedecay",
    }.items()
}
WORDS = {word: component for component, words in STANDS_FOR.items() for word in words}
# What everybody has, and what stands for nothing.
PLUMBING = frozenset({
    "parameter", "module", "network", "model", "layer", "loss", "optimizer", "scheduler", "activation", "trainer",
    "dataset", "tensor",
})  # fmt: skip


def guess(name: str) -> str:
    """The component that a class of this name may be; "" where nothing is near."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    known = {component.lower(): component for component in ordered_components() if component[0].isupper()}
    if plain in known or plain in WORDS:
        return known.get(plain) or WORDS[plain]
    if plain in PLUMBING:
        return ""
    for part in ("my", "meu", "minha", "custom", "layer", "camada", "activation", "ativacao", "optimizer", "loss"):
        shorter = plain.removeprefix(part).removesuffix(part)
        if shorter != plain and (shorter in known or shorter in WORDS):
            return known.get(shorter) or WORDS[shorter]
    close = get_close_matches(plain, [*known, *WORDS], n=1, cutoff=0.8)
    return (known.get(close[0]) or WORDS[close[0]]) if close else ""


def near_misses(known: Description, used: Collection[str]) -> dict[str, str]:
    """Classes that are nothing, and what they may be meant for: {"Linaer": "Linear", "Layer_Dens": "Layer_Dense"}."""
    found: dict[str, str] = {}
    spelt = sorted(_class_names())
    for name in known.classes:
        if name in used or name in spelt:
            continue
        close = get_close_matches(name, spelt, n=1, cutoff=0.85)
        meant = close[0] if close else "" if name.lower() in PLUMBING else guess(name)
        if meant and meant != name:
            found[name] = meant
    return found


def _class_names() -> Iterable[str]:
    for adapter in built_in().values():
        for specs in adapter.components.values():
            for spec in specs if isinstance(specs, list) else [specs]:
                yield from (name for name in spec.get("class", ()) if name.lower() not in PLUMBING)
