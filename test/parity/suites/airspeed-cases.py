"""Prints the templates of airspeed's tests as JSON lines, each with what AWS rendered.

Usage: airspeed-cases.py FOLDER, the unpacked source of airspeed-ext. The tests themselves are run with a renderer that only takes down what it
is given: nothing of airspeed or its test tools has to be installed.
"""

import importlib.util
import inspect
import json
import sys
from pathlib import Path
from types import ModuleType


class Anything:
    """Stands for whatever a test imports: every member is anything, and a decorator leaves what it decorates."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *args, **_named):
        return args[0] if args and callable(args[0]) else Anything()

    def __enter__(self):
        return Anything()

    def __exit__(self, *_failure):
        return True


class AnyModule(ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()


class AnyImporter:
    """Finds whatever is not in Python's own library."""

    def find_spec(self, name, _path=None, _target=None):
        if name.split(".")[0] in sys.stdlib_module_names:
            return None
        return importlib.util.spec_from_loader(name, self)

    def create_module(self, spec):
        return AnyModule(spec.name)

    def exec_module(self, _module):
        pass


def calls_of(test):
    """The templates that a test renders: template, variables, and whether blanks count."""
    calls = []

    def render(template, context=None, skip_cli=False, ignore_whitespaces=False, **_more):
        calls.append((template, context or {}, ignore_whitespaces))

    given = {name: render if name == "test_render" else Anything() for name in inspect.signature(test).parameters}
    try:
        test(**given)
    except Exception:  # Whatever it does with what was rendered: nothing was.
        pass
    return calls


def main(folder):
    sys.meta_path.insert(0, AnyImporter())
    tests = folder / "tests"
    recorded = json.loads((tests / "test_templating.snapshot.json").read_text())
    spec = importlib.util.spec_from_file_location("test_templating", tests / "test_templating.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for group, of in inspect.getmembers(module, inspect.isclass):
        for name, _function in inspect.getmembers(of, inspect.isfunction):
            key = f"tests/test_templating.py::{group}::{name}"
            rendered = recorded.get(key, {}).get("recorded-content", {})
            for i, (template, variables, ignores_blanks) in enumerate(calls_of(getattr(of(), name)), start=1):
                result = rendered.get(f"render-result-{i}")
                if result is None:
                    continue
                try:
                    case = {"title": f"{name} {i}", "template": template, "variables": variables}
                    print(json.dumps({**case, "ignoresBlanks": ignores_blanks, "rendered": result}))
                except TypeError:
                    continue  # Its variables are objects of Python, which nobody could send to AWS.


main(Path(sys.argv[1]))
