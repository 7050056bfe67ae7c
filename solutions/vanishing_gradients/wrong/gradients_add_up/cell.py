# fails: autograd_of_any_function=WRONG_ANSWER
# The caller's own tensor records, and its `.grad` is never set to zero.
def gradient_by_autograd(function, x):
    x.requires_grad_()
    function(x).sum().backward()
    return x.grad
