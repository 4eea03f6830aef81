"""The noise schedule, the sampler and the mixture of conditions: they know nothing of the network's insides."""
