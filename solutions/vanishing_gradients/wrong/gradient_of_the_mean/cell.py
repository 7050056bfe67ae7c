# fails: autograd_of_any_function=WRONG_ANSWER both_gradients=WRONG_ANSWER autograd_of_other_shapes=WRONG_ANSWER
# The mean makes a scalar as well, but divides the gradient by the number of points.
def gradient_by_autograd(function, x):
    at = x.clone().requires_grad_()
    function(at).mean().backward()
    return at.grad


pytorch_gradients = gradient_by_autograd(my_sigmoid, points)
