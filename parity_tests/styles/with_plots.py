"""A file that draws its curves: the libraries for that are not in the jail, and it is judged all the same."""

import numpy as np
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib import cm
from tqdm import tqdm, trange
from IPython.display import display


class ReLU:
    def forward(self, x):
        self.m = x > 0
        return np.maximum(x, 0)

    def backward(self, g):
        return g * self.m


losses = [i for i in tqdm(range(3))] + [i for i in trange(2)]
fig, (a, b) = plt.subplots(1, 2, figsize=(3, 3))
fig, ax = plt.subplots()
ax.plot(losses, label="x")
plt.style.use("x")
sns.set()
plt.show()
display(fig)
assert losses == [0, 1, 2, 0, 1]
