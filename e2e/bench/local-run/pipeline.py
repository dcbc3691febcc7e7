"""Turns a graph of the bench (JSON file, command words) into a Dagwright pipeline file on standard output."""
import json
import sys

words = ", ".join(json.dumps(word) for word in sys.argv[2:])
print("apiVersion: dagwright.dev/v1\nkind: Pipeline\nmetadata: {name: no-ops}\ncomponents:\n  no-op:\n    name: no-op")
print(f"    implementation:\n      container:\n        image: debian:12-slim\n        command: [{words}]\ntasks:")
for task in json.load(open(sys.argv[1], encoding="utf-8")):
    after = f", after: [{', '.join(task['depends'])}]" if task["depends"] else ""
    print(f"  {task['id']}: {{component: no-op{after}}}")
