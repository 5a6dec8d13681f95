import numpy as np


def max_pool_forward_naive(x, pool_param):
    high, wide, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    rows, columns = (x.shape[2] - high) // stride + 1, (x.shape[3] - wide) // stride + 1
    out = np.zeros((*x.shape[:2], rows, columns), x.dtype)
    for n, c, h, w in np.ndindex(out.shape):
        top, left = h * stride, w * stride
        out[n, c, h, w] = x[n, c, top : top + high, left : left + wide].max()
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    high, wide, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    for n, c, h, w in np.ndindex(dout.shape):
        top, left = h * stride, w * stride
        window = x[n, c, top : top + high, left : left + wide]
        i, j = np.unravel_index(window.argmax(), window.shape)  # of equal ones the first
        dx[n, c, top + i, left + j] += dout[n, c, h, w]
    return dx
