"""What plays student code in `test_between`. All of it is harmless."""

from __future__ import annotations

MODE = """
class Mode(torch.utils._python_dispatch.TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        raise RuntimeError("the mode is still there")
Mode().__enter__()
"""
FUNCTION_MODE = """
class Mode(torch.overrides.TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        raise RuntimeError("the mode is still there")
Mode().__enter__()
"""
STALE_CAST = """
torch.autocast("cpu", dtype=torch.bfloat16).__enter__()
weights.data.mul_(2)
weights @ weights
weights.data.div_(2)
"""
HOOKS = """
for module in ("torch.nn.modules.module", "torch.optim.optimizer"):
    for name, hooks in vars(sys.modules[module]).items():
        if name.startswith("_global_") and name != "_global_is_full_backward_hook":
            hooks[name] = print
"""
FREED_BELOW_A_PIN = """
kept.append(used())
blocks = [bytearray(100_000) for _ in range(2000)]
kept.append(bytearray(100_000))
blocks.clear()
"""
CYCLE = """
gc.disable()
class Cycle: pass
cycle = Cycle()
cycle.own = cycle
"""
LOGGERS = """
for name in ("hw.student", "training", "__main__"):
    logging.getLogger(name).addHandler(logging.StreamHandler())
"""
# What student code does, and an expression that tells it.
ROWS: list[tuple[str, str]] = [
    # names of modules
    ("builtins.len = 3", "len([])"),
    ("del builtins.print", "callable(print)"),
    ("builtins.np = 3", "hasattr(builtins, 'np')"),
    ("sys.extra = 3", "hasattr(sys, 'extra')"),
    ("sys.stdout = sys.stderr = sys.stdin = io.StringIO()", "sys.stdout.name, sys.stderr.name, sys.stdin"),
    ("sys.displayhook = sys.excepthook = print", "sys.displayhook, sys.excepthook"),
    ("sys.dont_write_bytecode = not sys.dont_write_bytecode", "sys.dont_write_bytecode"),
    ("sys.modules = {}", "len(sys.modules) > 100"),
    ("gc.collect = None", "gc.collect"),
    ("io.open = None", "io.open"),
    ("json.loads = None", "json.loads"),
    ("logging.raiseExceptions = False", "logging.raiseExceptions"),
    ("os.write = None", "os.write"),
    ("os.environ = {}", "type(os.environ)"),
    ("signal.signal = None", "signal.signal"),
    ("tempfile.tempdir = '/elsewhere'", "tempfile.tempdir"),
    ("threading.settrace(print); threading.setprofile(print)", "threading._trace_hook, threading._profile_hook"),
    ("threading.excepthook = print", "threading.excepthook"),
    ("time.sleep = None", "time.sleep"),
    ("warnings.showwarning = None", "warnings.showwarning"),
    ("warnings.catch_warnings().__enter__()", "id(warnings.filters)"),
    # what interrupts
    ("sys.settrace(lambda *given: None)", "sys.gettrace()"),
    ("sys.setprofile(lambda *given: None)", "sys.getprofile()"),
    ("sys.setrecursionlimit(5000)", "sys.getrecursionlimit()"),
    ("signal.setitimer(signal.ITIMER_REAL, 1000)", "signal.getitimer(signal.ITIMER_REAL)[0] > 0"),
    ("signal.setitimer(signal.ITIMER_VIRTUAL, 1000)", "signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 0"),
    ("signal.setitimer(signal.ITIMER_PROF, 1000)", "signal.getitimer(signal.ITIMER_PROF)[0] > 0"),
    ("signal.signal(signal.SIGTERM, print)", "signal.getsignal(signal.SIGTERM)"),
    ("signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])", "signal.pthread_sigmask(signal.SIG_BLOCK, [])"),
    # how modules are found
    ("sys.path.insert(0, '/elsewhere')", "sys.path"),
    ("sys.path = ['/elsewhere']", "sys.path"),
    ("sys.path_hooks.clear()", "sys.path_hooks"),
    ("sys.meta_path.insert(0, type('Finder', (), {'__module__': 'hw.student'})())", "sys.meta_path"),
    ("sys.path.insert(0, '.'); importlib.util.find_spec('absent')", "'.' in sys.path_importer_cache"),
    ("del sys.modules['json']; import json; json.new = 3", "hasattr(__import__('json'), 'new')"),
    ("sys.modules['json'] = 3", "type(sys.modules['json'])"),
    ("del sys.modules['torch.nn.functional']", "'torch.nn.functional' in sys.modules"),
    # Python
    ("sys.argv.append('--epochs')", "sys.argv"),
    ("sys.setswitchinterval(1)", "sys.getswitchinterval()"),
    ("sys.set_int_max_str_digits(0)", "sys.get_int_max_str_digits()"),
    ("threading.stack_size(1 << 20)", "stack_size()"),
    ("os.umask(0)", "umask()"),
    ("os.chdir('/')", "os.getcwd()"),
    ("os.environ['EPOCHS'] = '3'; del os.environ['PATH']", "sorted(os.environ)"),
    ("gc.disable()", "gc.isenabled()"),
    (CYCLE, "sum(type(each).__name__ == 'Cycle' for each in gc.get_objects())"),
    ("gc.set_threshold(1, 2, 3)", "gc.get_threshold()"),
    ("gc.set_debug(gc.DEBUG_SAVEALL)", "gc.get_debug()"),
    ("gc.callbacks.append(print)", "gc.callbacks"),
    ("tracemalloc.start()", "tracemalloc.is_tracing()"),
    ("locale.setlocale(locale.LC_ALL, 'C')", "locale.setlocale(locale.LC_ALL)"),
    ("decimal.getcontext().prec = 3", "decimal.getcontext().prec"),
    ("multiprocessing.set_start_method('spawn')", "multiprocessing.get_start_method(allow_none=True)"),
    ("asyncio.run(asyncio.sleep(0))", "asyncio.get_event_loop_policy()._local._set_called"),
    ("atexit.register(print)", "atexit._ncallbacks()"),
    ("warnings.simplefilter('error')", "warnings.filters"),
    ("warnings.onceregistry['text'] = 1", "warnings.onceregistry"),
    ("", "shown()"),
    (FREED_BELOW_A_PIN, "bool(kept) and used() > kept[0] + 6"),
    # logging
    ("logging.basicConfig(level=logging.DEBUG)", "logging.root.handlers, logging.root.level"),
    ("logging.getLogger('matplotlib').setLevel(logging.DEBUG)", "logging.getLogger('matplotlib').level"),
    ("logging.getLogger('matplotlib').propagate = False", "logging.getLogger('matplotlib').propagate"),
    ("logging.getLogger('torch').disabled = True", "logging.getLogger('torch').disabled"),
    ("logging.getLogger('torch').addFilter(print)", "logging.getLogger('torch').filters"),
    ("logging.disable()", "logging.root.isEnabledFor(logging.ERROR)"),
    ("logging.addLevelName(5, 'TRACE')", "logging._levelToName, logging._nameToLevel"),
    (LOGGERS, "[len(logging.getLogger(name).handlers) for name in ('hw.student', 'training', '__main__')]"),
    # NumPy and matplotlib
    ("np.seterr(all='raise')", "np.geterr()"),
    ("np.seterrcall(print)", "np.geterrcall()"),
    ("np.setbufsize(1 << 16)", "np.getbufsize()"),
    ("np.set_printoptions(precision=2)", "np.get_printoptions()"),
    ("matplotlib.rcParams['lines.linewidth'] = 7", "matplotlib.rcParams['lines.linewidth']"),
    ("plt.figure()", "plt.get_fignums()"),
]  # fmt: skip

# The same, with torch imported.
TORCH_ROWS: list[tuple[str, str]] = [
    ("torch.set_default_dtype(torch.float64)", "torch.ones(1).dtype"),
    ("torch.set_default_tensor_type('torch.cuda.FloatTensor')", "torch._C._get_default_device()"),
    ("torch.set_default_device('meta')", "torch.ones(1).device"),
    ("torch.set_default_device('meta')", "torch.get_default_device()"),
    ("torch.set_default_device('meta')", "getattr(torch._GLOBAL_DEVICE_CONTEXT, 'device_context', None)"),
    ("torch.set_default_device('meta')", "torch.utils._device.CURRENT_DEVICE"),
    ("torch.device('meta').__enter__()", "torch.ones(1).device"),
    (FUNCTION_MODE, "float(torch.ones(1) + 1)"),
    (MODE, "float(torch.ones(1) + 1)"),
    (MODE, "is_in_torch_dispatch_mode()"),
    ("torch._C._set_torch_function_state(torch._C._TorchFunctionState.ALL_DISABLED)",
     "torch._C._get_torch_function_state()"),
    ("torch.set_printoptions(precision=8, sci_mode=True)", "torch.ones(1) / 3"),
    ("torch.set_grad_enabled(False)", "(weights * 2).requires_grad"),
    ("kept.append(torch.inference_mode()); kept[-1].__enter__()",
     "torch.is_inference_mode_enabled(), (weights * 2).requires_grad"),
    ("torch.autograd.forward_ad._set_fwd_grad_enabled(False).__enter__()", "torch._C._is_fwd_grad_enabled()"),
    ("torch.autograd.forward_ad.enter_dual_level()", "forward_ad._current_level"),
    ("torch.autograd.set_multithreading_enabled(False)", "torch._C._is_multithreading_enabled()"),
    ("torch.autograd.graph.saved_tensors_hooks(print, print).__enter__()",
     "torch._C._autograd._top_saved_tensors_default_hooks(True)"),
    ("torch.autograd.set_detect_anomaly(True)", "torch.is_anomaly_enabled()"),
    ("torch.autograd.set_detect_anomaly(False, check_nan=False)", "torch.is_anomaly_check_nan_enabled()"),
    ("torch.set_num_threads(2)", "torch.get_num_threads()"),
    ("torch.use_deterministic_algorithms(True)", "torch.get_deterministic_debug_mode()"),
    ("torch.use_deterministic_algorithms(True, warn_only=True)", "torch.get_deterministic_debug_mode()"),
    ("torch.utils.deterministic.fill_uninitialized_memory = False",
     "torch.utils.deterministic.fill_uninitialized_memory"),
    ("torch.set_flush_denormal(True)", "float(torch.tensor(1e-310, dtype=torch.float64) * 1)"),
    ("torch.set_warn_always(True)", "torch.is_warn_always_enabled()"),
    ("torch.autocast('cpu', dtype=torch.float16).__enter__()",
     "torch.is_autocast_enabled('cpu'), torch.get_autocast_dtype('cpu')"),
    ("torch.set_autocast_enabled('cuda', True)", "torch.is_autocast_enabled('cuda')"),
    ("torch.set_autocast_dtype('cpu', torch.float16)", "torch.get_autocast_dtype('cpu')"),
    ("torch.set_autocast_dtype('cuda', torch.bfloat16)", "torch.get_autocast_dtype('cuda')"),
    ("torch.set_autocast_cache_enabled(False)", "torch.is_autocast_cache_enabled()"),
    (STALE_CAST, "cast()"),
    ("torch.backends.cudnn.benchmark = True", "torch.backends.cudnn.benchmark"),
    ("torch.backends.cudnn.deterministic = True", "torch.backends.cudnn.deterministic"),
    ("torch.backends.cudnn.enabled = False", "torch.backends.cudnn.enabled"),
    ("torch.backends.mkldnn.enabled = False", "torch.backends.mkldnn.enabled"),
    ("torch.backends.mkldnn.deterministic = True", "torch.backends.mkldnn.deterministic"),
    ("torch.backends.nnpack.set_flags(False)", "torch._C._get_nnpack_enabled()"),
    ("torch.backends.cuda.enable_flash_sdp(False)", "torch.backends.cuda.flash_sdp_enabled()"),
    ("torch.backends.cuda.enable_mem_efficient_sdp(False)", "torch.backends.cuda.mem_efficient_sdp_enabled()"),
    ("torch.backends.cuda.enable_math_sdp(False)", "torch.backends.cuda.math_sdp_enabled()"),
    ("torch.backends.cuda.enable_cudnn_sdp(not torch.backends.cuda.cudnn_sdp_enabled())",
     "torch.backends.cuda.cudnn_sdp_enabled()"),
    ("torch.set_float32_matmul_precision('high')", "precisions()"),
    ("torch.backends.cuda.matmul.allow_tf32 = True", "precisions()"),
    ("torch.backends.cudnn.allow_tf32 = not torch.backends.cudnn.allow_tf32", "precisions()"),
    ("torch.backends.fp32_precision = 'tf32'", "precisions()"),
    ("torch.backends.mkldnn.matmul.fp32_precision = 'bf16'", "precisions()"),
    ("torch.backends.mkldnn.conv.fp32_precision = 'bf16'", "precisions()"),
    ("torch.backends.mkldnn.rnn.fp32_precision = 'bf16'", "precisions()"),
    ("torch.backends.mkldnn.fp32_precision = 'bf16'", "precisions()"),
    ("torch.backends.cudnn.fp32_precision = 'tf32'", "precisions()"),
    ("torch.backends.cudnn.conv.fp32_precision = 'ieee'", "precisions()"),
    ("torch.backends.cudnn.rnn.fp32_precision = 'ieee'", "precisions()"),
    ("torch.backends.cuda.matmul.fp32_precision = 'tf32'", "precisions()"),
    ("torch.multiprocessing.set_sharing_strategy('file_system')", "torch.multiprocessing.get_sharing_strategy()"),
    ("torch.nn.modules.module.register_module_forward_hook(lambda *given: torch.zeros(7))",
     "torch.nn.ReLU()(weights).shape"),
    ("torch.nn.modules.module.register_module_full_backward_hook(print)",
     "torch.nn.modules.module._global_is_full_backward_hook"),
    (HOOKS, "hooks()"),
    ("torch.__future__.set_overwrite_module_params_on_conversion(True)",
     "torch.__future__.get_overwrite_module_params_on_conversion()"),
    ("torch.__future__.set_swap_module_params_on_conversion(True)",
     "torch.__future__.get_swap_module_params_on_conversion()"),
    ("torch.serialization.add_safe_globals([type('Network', (), {})])", "torch.serialization.get_safe_globals()"),
    ("torch.distributions.Distribution.set_default_validate_args(False)",
     "torch.distributions.Distribution._validate_args"),
    ("torch.compile(lambda x: x + 1, backend='eager')(torch.ones(2))",
     "len(torch._dynamo.convert_frame.input_codes.seen)"),
]  # fmt: skip

# They raise in what `restore` calls: whose call is interrupted before it begins cannot catch what that raises.
RING = """
def ring(number, frame):
    if frame.f_code.co_name in ("put_back", "drop_added", "_empty", "give_back", "_same"):
        raise SystemExit
"""
TRACE = """
def trace(frame, event, given):
    if frame.f_code.co_name in ("put_back", "drop_added", "_empty", "give_back", "_same"):
        raise SystemExit
    return trace
"""
NASTY = [
    "sys.modules = None",
    "sys.modules.clear()",
    "sys.modules[3] = sys.modules['hw'] = 3",
    "sys.modules['odd'] = type('Odd', (), {'__getattr__': lambda self, name: 1 / 0})()",
    "sys.path = sys.meta_path = sys.path_hooks = sys.path_importer_cache = 3",
    "sys.path_importer_cache[3] = 3",
    "sys.exc_info = sys.settrace = sys.setprofile = None",
    "sys.setrecursionlimit(20)",
    "vars(builtins).clear()",
    *(f"del builtins.{name}" for name in ("BaseException", "getattr", "isinstance", "dict", "__import__")),
    "builtins.BaseException = builtins.list = builtins.bool = 3",
    "os.scandir = os.listdir = os.open = os.chdir = os.unlink = os.lstat = os.stat = lambda *given: 1 / 0",
    "os.environ = None",
    "os.rmdir('../box')",
    "os.rmdir('../tmp'); os.symlink('submission', '../tmp')",
    "os.closerange(3, 100)",
    "warnings.filters = 3",
    "vars(warnings).clear()",
    "logging.root = None",
    "logging.root.manager.loggerDict = None",
    "logging.root.handlers = logging.root.filters = 3",
    "gc.callbacks.append(lambda *given: 1 / 0)",
    "class Raises:\n def __del__(self): raise KeyboardInterrupt\nraises = Raises(); raises.own = raises",
    "class Odd:\n def __eq__(self, other): raise SystemExit\nos.environ = Odd(); np.geterr = Odd",
    "np.geterr = np.get_printoptions = np.seterr = None",
    "torch._C = torch.get_default_dtype = torch.is_grad_enabled = torch.overrides = None",
    "vars(torch).clear()",
    "torch._dynamo.reset = lambda: 1 / 0",
    "plt.close = lambda *given: 1 / 0; matplotlib.rcParams = 3",
    "import grader.worker.between as ours; ours.stat = ours.os = ours.Path = ours._same = ours._empty = None",
    "import grader.worker.process_state as ours; vars(ours).clear()",
    "import grader.worker.fresh_imports as ours; ours._added = ours.gc = ours.FreshImports.put_back = None",
    f"{RING}signal.signal(signal.SIGALRM, ring); signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)",
    f"{RING}signal.signal(signal.SIGPROF, ring); signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)",
    f"{TRACE}sys.settrace(trace)",
    f"{TRACE}sys.setprofile(trace)",
]  # fmt: skip

PLAIN = """
from dataclasses import dataclass
import functools
import inspect
import pickle
import torch
from hw import registry
from hw.registry import registered

calls = []

@registered
@dataclass
class Settings:
    rate: float = 0.1

@functools.cache
def built():
    calls.append(1)
    return len(calls)

def doubled(x: torch.Tensor):
    return x * 2

def look():
    again = pickle.loads(pickle.dumps(Settings(0.2)))
    scripted = torch.jit.script(doubled)(torch.ones(2)).tolist()
    source = inspect.getsource(built)
    return [len(registry.known), len(calls), built(), type(again) is Settings, scripted, "calls.append" in source]
"""
REGISTRY = """
known = {}

def registered(kind):
    if kind.__name__ in known:
        raise ValueError(f"{kind.__name__} is registered already")
    known[kind.__name__] = kind
    return kind
"""
# A package of somebody else's that does what such packages do when they are imported.
OTHERS = """
import logging, sys, types

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return None

sys.meta_path.append(Finder)
sys.modules["others.made"] = types.ModuleType("others.made")
logging.getLogger("others.part").addHandler(logging.NullHandler())
"""

# Cases that are run twice, and what they have seen.
IMPORTS = {
    "compiled": """
import pathlib, sys
files = []
def note(event, given, note=files.append, Path=pathlib.Path, str=str):  # there for good, and its names are not
    if event == "compile":
        note(Path(str(given[1])))
sys.addaudithook(note)
from hw import plain
seen = [file.name for file in files if "submission" in file.parts]
""",
    "alive": """
import hw.plain, wave
seen = sum(each.__module__ == "hw.plain" for each in object.__subclasses__())
""",
    "own state": "from hw import plain; seen = plain.look()",
    "others": """
import others, others.made, xxsubtype
finders = [finder for finder in sys.meta_path if finder.__module__ == "others"]
handlers = logging.getLogger("others.part").handlers
seen = [hasattr(others, "mark"), hasattr(xxsubtype, "mark"), len(finders), len(handlers)]
others.mark = xxsubtype.mark = 3
""",
    "made": """
import sys, types
open("beside.py", "w").close()
sys.path.insert(0, ".")
seen = [name in sys.modules for name in ("grader.notebook", "beside")]
sys.modules["grader.notebook"] = types.ModuleType("grader.notebook")
import beside
seen.append("beside" in sys.modules)
""",
}

FOLDERS = """
for folder in ("../box", "../tmp"):
    os.chdir(folder)
    top = os.getcwd()
    os.symlink("../submission", "link")
    os.symlink("absent", "dangling")
    os.mkfifo("pipe")
    os.makedirs("shut/within")
    open("shut/within/file", "w").close()
    os.symlink("../../../submission/hw", "shut/within/link")
    os.chmod("shut/within", 0)
    os.chmod("shut", 0)
    for _ in range(1200):
        os.mkdir("deep")
        open("file", "w").close()
        os.chdir("deep")
    os.chdir(top)
    os.chmod(top, 0o500)
"""
