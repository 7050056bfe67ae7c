# fails: sigmoid_gradient=WRONG_ANSWER both_gradients=WRONG_ANSWER sigmoid_of_other_shapes=WRONG_ANSWER
# The sigmoid is applied a second time, to the activation.
def my_sigmoid_grad(x):
    return my_sigmoid(x) * (1 - my_sigmoid(x))


gradients = my_sigmoid_grad(my_sigmoid(points))
