"""Turns a graph of the bench (JSON on the command line's file) into a Dagwright pipeline file on standard output."""
import json
import sys

graph = json.load(open(sys.argv[1], encoding="utf-8"))
quoted = json.dumps
print("apiVersion: dagwright.dev/v1\nkind: Pipeline\nmetadata:\n  name: " + graph["name"])
print("parameters:")
for parameter in graph["parameters"]:
    print(f"  - {{name: {parameter['name']}, type: String, default: {quoted(parameter['default'])}}}")
print("components:")
for component in graph["components"]:
    print(f"  {component['id']}:\n    name: {component['id']}\n    inputs:")
    for name in component["inputs"]:
        print(f"      - {{name: {name}, type: String}}")
    print("    outputs:")
    for name in component["outputs"]:
        print(f"      - {{name: {name}, type: String}}")
    print(f"    implementation:\n      container:\n        image: {component['image']}\n        command:")
    for word in component["command"]:
        if isinstance(word, str):
            print(f"          - {quoted(word)}")
        else:
            (kind, name), = word.items()
            print(f"          - {{{'inputValue' if kind == 'input' else kind}: {name}}}")
print("tasks:")
for task in graph["tasks"]:
    print(f"  {task['id']}:\n    component: {task['component']}\n    arguments:")
    sources = set()
    for name, source in task["arguments"].items():
        sources.add(source.get("task"))
        print(f"      {name}: {{{', '.join(f'{key}: {value}' for key, value in source.items())}}}")
    after = [name for name in task["depends"] if name not in sources]
    if after:
        print(f"    after: [{', '.join(after)}]")
