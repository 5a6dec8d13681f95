def train(model, loss, optimizer, batches, epochs):
    """`batches` is a list of pairs (inputs, targets). Returns a list, one loss for each epoch."""
    losses = []
    for _ in range(epochs):
        total, count = 0.0, 0
        for inputs, targets in batches:
            model.zero_grad()
            outputs = model.forward(inputs)
            value = loss.forward(outputs, targets)
            model.backward(loss.backward())
            optimizer.step()
            total += float(value) * len(inputs)
            count += len(inputs)
        losses.append(total / count)
    return losses
