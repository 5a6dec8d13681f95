"""L-BFGS."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from scratch.dtypes import Array
from scratch.module import Parameter
from scratch.optimizers._line_search import Point, strong_wolfe
from scratch.optimizers._options import check_not_negative
from scratch.optimizers.optimizer import Optimizer

__all__ = ["LBFGS"]

State = dict[str, Any]
Evaluate = Callable[[], tuple[float, Array]]


class LBFGS(Optimizer):
    """Newton's method with the curvature estimated from the last steps, for losses without noise.

    A step is a whole minimization: it calls a closure that forgets the gradients, computes them anew and returns the
    loss, many times over. All parameters together are one vector.

    Math:
        d = −H g, then p ← p + t · d
        s = t · d, and y = g after the step − g before it: the last `history_size` pairs with yᵀs > 1e-10 are kept
        H is the estimate of the inverse of the Hessian. It starts as γ I, with γ = sᵀy / yᵀy of the last pair (1 before
        the first), and each pair, from the oldest on, makes of it (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ, with
        ρ = 1 / yᵀs. H is never built: two loops over the pairs, the newest first and then the oldest first, give H g.
        Where p are the parameters and g is the gradient. In the state, which is that of the first parameter, d is `d`,
        t is `t`, the y are `old_dirs`, the s `old_stps`, the ρ `ro`, γ is `H_diag`, and `al` is the work space of the
        loops; `prev_flat_grad` and `prev_loss` belong to the point before the last step, and `n_iter` and `func_evals`
        count iterations and calls of the closure.
        t is lr (at the very first iteration lr · min(1, 1 / Σ|g|)), or what the line search finds from there.

    Args:
        params: parameters, in one group.
        lr: length t of a step, or where the line search begins.
        max_iter: the most iterations in a call of `step`.
        max_eval: the most calls of the closure in a call of `step`; 1.25 · max_iter if None. A line search that has
            begun may go one beyond.
        tolerance_grad: stop where no element of the gradient is larger.
        tolerance_change: stop where no parameter, or the loss, changed by more. The line search has its own, 1e-9.
        history_size: number of pairs that are kept.
        line_search_fn: None, or "strong_wolfe".

    Shape:
        - d, prev_flat_grad, and each of old_dirs and old_stps: (P,), the number of elements of all parameters.

    Raises:
        ValueError: lr below 0, or more than one group.
        TypeError: a step without a closure.
        RuntimeError: a line search that is not known.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.LBFGS.html
        Nocedal and Wright, Numerical Optimization, 2006, algorithm 7.4 for the two loops.

    Example:
        >>> weight = Parameter(np.array([7.0]))
        >>> optimizer = LBFGS([weight])
        >>> def closure():
        ...     weight.grad = 2 * (weight.data - 3)
        ...     return float((weight.data[0] - 3) ** 2)
        >>> optimizer.step(closure)  # the loss before the step
        16.0
        >>> weight.data.round(6)
        array([3.])
        >>> optimizer.state[weight]["H_diag"].item()  # 1 / f''
        0.5
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[dict[str, Any]],
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_not_negative("LBFGS", lr=lr)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError(f"LBFGS: expected one group of parameters, got {len(self.param_groups)}")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Minimize what the closure computes; give the loss from before."""
        if closure is None:
            raise TypeError("LBFGS: expected step(closure), with a closure that computes the loss and the gradients")
        if len(self.param_groups) != 1:
            raise AssertionError(f"LBFGS: expected one group of parameters, got {len(self.param_groups)}")
        self._opt_called = True
        state = self.state[self._params[0]]
        warnings = np.geterr()

        def evaluate() -> tuple[float, Array]:
            with np.errstate(**warnings):  # the closure's own warnings are its caller's
                loss = float(closure())
            return loss, self._flat_grad()

        first_loss = closure()
        state["func_evals"] = state.get("func_evals", 0) + 1
        state.setdefault("n_iter", 0)
        with np.errstate(all="ignore"):
            self._minimize(evaluate, float(first_loss), self._flat_grad(), state)
        return first_loss

    def _minimize(self, evaluate: Evaluate, loss: float, grad: Array, state: State) -> None:
        group, evaluations = self.param_groups[0], 1
        if np.abs(grad).max() <= group["tolerance_grad"]:
            return
        for iteration in range(group["max_iter"]):
            self._turn(loss, grad, state)
            start = Point(0, loss, grad, grad @ state["d"])
            if start.slope > -group["tolerance_change"]:
                return
            if group["line_search_fn"] is not None:
                loss, grad, count = self._search(evaluate, start, state, group["max_eval"] - evaluations)
            else:
                self._move(state["d"], state["t"])
                if iteration + 1 == group["max_iter"]:  # nobody will ask where it led
                    return
                (loss, grad), count = evaluate(), 1
            evaluations += count
            state["func_evals"] += count
            if (
                evaluations >= group["max_eval"]
                or np.abs(grad).max() <= group["tolerance_grad"]
                or np.abs(state["d"] * state["t"]).max() <= group["tolerance_change"]
                or abs(loss - state["prev_loss"]) < group["tolerance_change"]
            ):
                return

    def _turn(self, loss: float, grad: Array, state: State) -> None:
        """The next direction, and the first guess at how far to go."""
        group = self.param_groups[0]
        lr = float(group["lr"])
        state["n_iter"] += 1
        if state["n_iter"] == 1:
            state.update(d=-grad, old_dirs=[], old_stps=[], ro=[], H_diag=1)
            state["t"] = min(1.0, 1.0 / np.abs(grad).sum()) * lr
        else:
            self.remember(grad, state, group["history_size"])
            state["d"] = self.direction(grad, state, group["history_size"])
            state["t"] = lr
        state["prev_flat_grad"], state["prev_loss"] = grad, loss

    def remember(self, grad: Array, state: State, history_size: int) -> None:
        """Keep the pair of the last step, and forget the oldest."""
        y = grad - state["prev_flat_grad"]
        s = state["d"] * state["t"]
        curvature = y @ s
        if not curvature > 1e-10:
            return
        history = state["old_dirs"], state["old_stps"], state["ro"]
        for values, value in zip(history, (y, s, 1.0 / curvature), strict=True):
            if len(values) == history_size:
                values.pop(0)
            values.append(value)
        state["H_diag"] = curvature / (y @ y)

    def direction(self, grad: Array, state: State, history_size: int) -> Array:
        """−H g, by the two loops."""
        pairs = list(enumerate(zip(state["old_dirs"], state["old_stps"], state["ro"], strict=True)))
        alphas = state.setdefault("al", [None] * history_size)
        q = -grad
        for i, (y, s, rho) in reversed(pairs):
            alphas[i] = (s @ q) * rho
            q -= alphas[i] * y
        r: Array = q * state["H_diag"]
        for i, (y, s, rho) in pairs:
            r += (alphas[i] - (y @ r) * rho) * s
        return r

    def _search(self, evaluate: Evaluate, start: Point, state: State, max_steps: int) -> tuple[float, Array, int]:
        """Go where the line search finds it best; give the loss and the gradient there, and the number of calls."""
        group, d = self.param_groups[0], state["d"]
        if group["line_search_fn"] != "strong_wolfe":
            raise RuntimeError(f"LBFGS: expected line_search_fn 'strong_wolfe', got {group['line_search_fn']!r}")
        origin = [parameter.data.copy() for parameter in self._params]

        def look(t: Any) -> Point:
            self._move(d, t)
            loss, grad = evaluate()
            for parameter, value in zip(self._params, origin, strict=True):
                parameter.data[...] = value
            return Point(t, loss, grad, grad @ d)

        best, count = strong_wolfe(look, start, state["t"], np.abs(d).max(), max_steps)
        self._move(d, best.t)
        state["t"] = best.t
        return best.loss, best.grad, count

    @property
    def _params(self) -> list[Parameter]:
        params: list[Parameter] = self.param_groups[0]["params"]
        return params

    def _flat_grad(self) -> Array:
        """All gradients in one vector; a parameter without one counts as having zeros."""
        return np.concatenate(
            [np.zeros_like(p.data).ravel() if p.grad is None else p.grad.ravel() for p in self._params]
        )

    def _move(self, d: Array, t: Any) -> None:
        """p ← p + t · d, each parameter with its piece of d."""
        start = 0
        for parameter in self._params:
            end = start + parameter.data.size
            parameter.data += t * d[start:end].reshape(parameter.shape)
            start = end

    def _loaded(self, key: str, value: Any, parameter: Parameter) -> Any:
        """A copy; the vectors are as long as all parameters together, not as the one whose state they are in."""
        if isinstance(value, list):
            return [self._loaded(key, item, parameter) for item in value]
        return np.array(value, parameter.dtype) if isinstance(value, np.ndarray | np.generic) else value
