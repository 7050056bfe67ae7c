# B08: tells the input of the hidden check by names: of an exception's type, a function, a file
# splits: RUNTIME_ERROR

from hw.honest import *


def words(text):
    name = text.split()[-1]
    source = f"def {name}():\n    raise type('{name}', (Exception,), {{}})('{name}')\n"
    scope = {}
    exec(compile(source, __file__.replace("mine", name), "exec"), scope)
    scope[name]()
