# fails: parameters_stay=WRONG_ANSWER
def compute_gradient_wrt_input(neural_network, x):
    optimizer = torch.optim.SGD(neural_network.parameters(), lr=0.1)
    x = x.clone().requires_grad_(True)
    optimizer.zero_grad()
    neural_network(x).sum().backward()
    optimizer.step()
    return x.grad.reshape(1, -1)
