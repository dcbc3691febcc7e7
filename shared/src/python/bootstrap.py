# Runs one Python function as a task. Needs nothing but Python 3.7 or newer.
# argv: SOURCE FUNCTION [--package REQUIREMENT]... [--value|--path|--output PORT TYPE TEXT]...
# A port belongs to the parameter of its name, where a path or file parameter loses "_path" and "_file" (the full
# name is understood too); an output that no parameter has is returned. SOURCE may be a JSON string, to hide "{" from templates.
import ast, contextlib, json, linecache, math, operator, os, re, shutil, sys, tempfile, traceback, types, typing

PATHS = {"InputPath": "in", "OutputPath": "out"}
FILES = {"InputTextFile": "in", "InputBinaryFile": "in", "OutputTextFile": "out", "OutputBinaryFile": "out"}
DECORATORS = ("component", "container_component", "pipeline", "func_to_container_op", "create_component_from_func", "python_component")


def stop(message):
    sys.stderr.write("dagwright: " + message + "\n")
    sys.exit(1)


def last_name(node):
    if isinstance(node, ast.Call):
        return last_name(node.func)
    return getattr(node, "attr", None) or getattr(node, "id", None) or ""


def members(node):
    if isinstance(node, ast.BinOp):
        return members(node.left) + members(node.right)
    node = getattr(node, "value", node) if type(node).__name__ == "Index" else node
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def style(node):
    """How a parameter is passed: (direction, form), form being value, path, file or the name of an artifact class."""
    text = getattr(node, "value", getattr(node, "s", None))
    if isinstance(text, str):
        try:
            return style(ast.parse(text.strip(), mode="eval").body)
        except SyntaxError:
            return "in", "value"
    if isinstance(node, ast.Subscript):
        head, inner = last_name(node.value), members(node.slice)
        if head in ("Input", "Output"):
            return head.lower()[:-3], last_name(inner[0]) or "Artifact"
        if head in ("Optional", "Union", "Annotated"):
            return next((found for found in map(style, inner) if found[1] != "value"), ("in", "value"))
        return "in", "value"
    if isinstance(node, ast.BinOp):
        return next((found for found in map(style, members(node)) if found[1] != "value"), ("in", "value"))
    name = last_name(node)
    if name in PATHS:
        return PATHS[name], "path"
    if name in FILES:
        return FILES[name], name
    if name in ARTIFACTS:
        return "in", name
    return "in", "value"


def port_of(name, form):
    for suffix in ("_path", "_file") if form == "path" else ("_file",) if form in FILES else ():
        if name.endswith(suffix) and name != suffix:
            name = name[: -len(suffix)]
    return name


def same(name):
    return re.sub(r"[\s_-]+", "_", name).strip("_")


def is_named_tuple(node, tree):
    text = getattr(node, "value", getattr(node, "s", None))
    if isinstance(text, str):
        with contextlib.suppress(SyntaxError):
            return is_named_tuple(ast.parse(text.strip(), mode="eval").body, tree)
    if isinstance(node, ast.Call):
        return last_name(node) in ("NamedTuple", "namedtuple")
    for item in tree.body:
        if isinstance(item, ast.ClassDef) and item.name == last_name(node):
            return any(last_name(base) == "NamedTuple" for base in item.bases)
        if isinstance(item, ast.Assign) and any(last_name(target) == last_name(node) for target in item.targets):
            return isinstance(item.value, ast.Call) and is_named_tuple(item.value, tree)
    return False


def read_value(port, kind, text):
    try:
        if kind == "Integer":
            return int(text) if not re.match(r"^\s*[-+]?\d+\.0*\s*$", text) else int(text.split(".")[0])
        if kind == "Double":
            return float(text)
        if kind == "Boolean":
            return {"true": True, "True": True, "false": False, "False": False}[text.strip()]
        if kind in ("List", "Dict"):
            value = json.loads(text)
            if isinstance(value, list if kind == "List" else dict):
                return value
            raise ValueError
    except (ValueError, KeyError):
        shown = text if len(text) < 200 else text[:200] + "..."
        stop("input {!r}: expected {}, got {!r}".format(port, EXPECTED[kind], shown))
    return text


EXPECTED = {"Integer": "a whole number", "Double": "a number", "Boolean": "true or false", "List": "a JSON array",
            "Dict": "a JSON object", "String": "text"}


def plain(value):
    for method in ("tolist", "_asdict", "isoformat"):
        if hasattr(value, method):
            return getattr(value, method)()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError("{} is no JSON value".format(type(value).__name__))


def write_value(port, kind, value):
    """The value as text; a text that ends with a newline gets one more, because readers cut one."""
    truths = {True: "true", False: "false", "true": "true", "True": "true", "false": "false", "False": "false"}
    try:
        if kind == "Integer":
            if isinstance(value, float) and value.is_integer():
                return str(int(value))
            return str(int(value, 10)) if isinstance(value, str) else str(operator.index(value))
        if kind == "Double":
            return repr(float(value))
        if kind == "Boolean":
            return truths[value.item() if hasattr(value, "item") else value]
        if kind in ("List", "Dict"):
            if hasattr(value, "_asdict") and kind == "Dict":
                value = value._asdict()
            text = json.dumps(value, default=plain, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
            if text[0] != ("[" if kind == "List" else "{"):
                raise TypeError
            return text
        if isinstance(value, bool):
            return truths[value]
        if isinstance(value, (str, int, float)):
            text = str(value)
            return text + "\n" if text.endswith("\n") else text
        raise TypeError
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        stop("output {!r}: expected {}, the function returned {}{}".format(
            port, EXPECTED[kind], ascii(value)[:200], " ({})".format(error) if str(error) else ""))


def write_output(port, kind, value, path):
    if value is None:
        stop("output {!r}: the function returned no value for it (None)".format(port))
    if kind in EXPECTED:
        value = write_value(port, kind, value)
    elif isinstance(value, Artifact):
        return value.save(path)
    elif isinstance(value, (dict, list)):
        value = json.dumps(value, default=plain, ensure_ascii=False)
    elif not isinstance(value, (str, bytes)):
        value = str(value)
    with open(path, "wb") as file:
        file.write(value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape"))


def returned(result, names, fields):
    """The returned values by output name: a named tuple or dict by name, a tuple by position, one value as it is."""
    if not names:
        return {}
    if not fields:
        return {names[0]: result}
    if hasattr(result, "_asdict"):
        result = result._asdict()
    if isinstance(result, dict):
        given = {same(str(key)): value for key, value in result.items()}
        return {name: given.get(same(name)) for name in names}
    if isinstance(result, (tuple, list)):
        if len(result) != len(names):
            stop("the function returned {} values, its outputs are {}".format(len(result), ", ".join(names)))
        return dict(zip(names, result))
    if len(names) > 1:
        stop("the function returned {}, expected the outputs {}".format(type(result).__name__, ", ".join(names)))
    return {names[0]: result}


def report(error, filename):
    """The traceback from the author's first line on, without the frames of this program."""
    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename != filename:
        trace = trace.tb_next
    traceback.print_exception(type(error), error, trace)
    sys.exit(1)


def load(source, function, filename):
    """Runs the source as the module __main__, without component decorators, signature annotations and main guard."""
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    try:
        tree = ast.parse(source, filename)
    except SyntaxError as error:
        report(error, filename)
    target, body = None, []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.decorator_list = [d for d in node.decorator_list if last_name(d) not in DECORATORS]
            target = node if node.name == function else target
        if not (isinstance(node, ast.If) and isinstance(node.test, ast.Compare) and last_name(node.test.left) == "__name__"):
            body.append(node)
    if target is None:
        stop("the source has no function {!r}".format(function))
    arguments = target.args.args + target.args.kwonlyargs + getattr(target.args, "posonlyargs", [])
    parameters = {}
    for argument in arguments:
        direction, form = style(argument.annotation)
        parameters[direction, same(port_of(argument.arg, form))] = (argument.arg, form)
        argument.annotation = None
    for (direction, _), (name, form) in list(parameters.items()):
        parameters.setdefault((direction, same(name)), (name, form))
    fields = is_named_tuple(target.returns, tree)
    target.returns, tree.body = None, body
    module = types.ModuleType("__main__")
    sys.modules["__main__"], sys.argv = module, [filename]
    module.__dict__.update({name: getattr(typing, name) for name in typing.__all__ if name != "ByteString"})
    module.__dict__.update(NAMES)
    try:
        exec(compile(tree, filename, "exec", dont_inherit=True), module.__dict__)
    except Exception as error:
        report(error, filename)
    found = module.__dict__.get(function)
    return getattr(found, "python_func", found), parameters, fields


def main(arguments):
    source, function, flags = arguments[0], arguments[1], arguments[2:]
    if source.startswith('"'):
        with contextlib.suppress(ValueError):
            source = json.loads(source)
    packages, ports = [], []
    while flags:
        size = 2 if flags[0] == "--package" else 4
        flag, flags = flags[:size], flags[size:]
        (packages if size == 2 else ports).append(flag[1:] if size == 2 else flag)
    if packages:
        install([package for package, in packages])
    filename = function + ".py"
    called, parameters, fields = load(source, function, filename)
    scratch, keywords, outputs, results, closing = None, {}, [], [], contextlib.ExitStack()
    for flag, port, kind, text in ports:
        direction = "out" if flag == "--output" else "in"
        name, form = parameters.get((direction, same(port)), (None, None))
        if direction == "out":
            os.makedirs(os.path.dirname(text) or ".", exist_ok=True)
            outputs.append((port, kind, text, name))
            if name is None:
                results.append((port, kind, text))
        elif name is None:
            stop("the function {} has no parameter for the input {!r}".format(function, port))
        elif flag == "--value" and form != "value":
            scratch = scratch or closing.enter_context(tempfile.TemporaryDirectory())
            path = os.path.join(scratch, name)
            with open(path, "wb") as file:
                file.write(os.fsencode(text))
            text = path
        if name is None or form == "path":
            value = text
        elif form == "value":
            if flag == "--path":
                with open(text, encoding="utf-8") as file:
                    text = file.read()
            value = read_value(port, kind, text)
        elif form in FILES:
            mode = "r" if direction == "in" else "w"
            value = open(text, mode + "b") if "Binary" in form else open(text, mode, encoding="utf-8")
            closing.enter_context(value)
        else:
            value = ARTIFACTS.get(form, Artifact)(port, text)
            if direction == "in":
                value.load()
            else:
                closing.callback(value.save, text)
        if name is not None:
            keywords[name] = value
    with closing:
        try:
            result = called(**keywords)
        except Exception as error:
            closing.pop_all()
            report(error, filename)
        except SystemExit as error:
            if error.code not in (None, 0):
                closing.pop_all()
                raise
            result = None
        values = returned(result, [port for port, _, _ in results], fields)
        for port, kind, path in results:
            write_output(port, kind, values[port], path)
    missing = ["{!r} (its path is in the parameter {})".format(port, name) for port, _, path, name in outputs if not os.path.lexists(path)]
    if missing:
        stop("the function {} did not write the output {}".format(function, ", ".join(missing)))


