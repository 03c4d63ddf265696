"""What PyYAML's safe_load makes of documents, as the rows that flatten() and print.awk promise.

stdin: {"texts": [...], "dumps": COUNT, "seed": NUMBER}; with "dumps" so many documents are made by safe_dump first.
stdout: [{"text": ..., "rows": [...] or null where PyYAML refuses it}, ...]
"""
import json
import random
import re
import sys

import yaml


class Marked(str):
    mark = None


def marked(mark):
    def construct(_loader, node):
        value = Marked("" if mark == "null" else node.value)
        value.mark = mark
        return value

    return construct


class Loader(yaml.SafeLoader):
    pass


for name in ("null", "bool", "int", "float", "binary"):
    Loader.add_constructor("tag:yaml.org,2002:" + name, marked(name))
for name in ("timestamp", "value", "python/unicode"):
    Loader.add_constructor("tag:yaml.org,2002:" + name, lambda _loader, node: node.value)
for name in ("omap", "pairs"):
    Loader.add_constructor("tag:yaml.org,2002:" + name, lambda loader, node: loader.construct_sequence(node, deep=True))
Loader.add_constructor("tag:yaml.org,2002:set", lambda loader, node: loader.construct_mapping(node, deep=True))


def rows(value, path=""):
    if isinstance(value, dict) and value:
        for key, child in value.items():
            name = re.sub(rb"[^A-Za-z0-9_.@:+-]", b"_", key.encode()).decode()
            yield from rows(child, path + "/" + name if path else name)
    elif isinstance(value, list) and value:
        for index, child in enumerate(value):
            yield from rows(child, f"{path}/{index}" if path else str(index))
    else:
        text = "{}" if isinstance(value, dict) else "[]" if isinstance(value, list) else value
        yield path + "\t" + text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
        if isinstance(value, Marked):
            yield f"{path}!\t{value.mark}"


def read(text):
    try:
        value = yaml.load(text, Loader=Loader)
        return [] if value is None else list(rows(value))
    except (yaml.YAMLError, AttributeError, RecursionError):
        return None


SCALARS = [
    "plain", "two words", "", "$(x) `id`", "a: b", "- x", "# no", "a #b", "it's", '"q"', "back\\slash", "line\nline\n",
    "line\n\n  in\nend", "\ttab", " lead", "trail ", "ünï 😀 漢", "~", "null", "yes", "0123", "12:30", "1e3", "{", "[1, 2]",
    "*a", "&a", "!t", "%", "@x", "|", ">", "-", "?", "x" * 200, "word " * 60, "\x07b", "cr\r\nlf", "a\n\n\nb", "\n", "\n\nx",
    "x\n\n", " \n x", "a\tb\n c: d\n", "<<", "=", "2024-01-01", '#!/bin/sh\necho "a: b"\n\nexit 0\n',
    "long " * 30 + "\n" + "line " * 30 + "\n\n", "... ", "---", "tab\t\nx", "sp  \nx", "é" * 100, b"\x00\x01bin" * 30, 3, -7,
    1.5, 1e30, True, False, None, float("inf"), "52:54:00:12:34:56", "0x1f", "1_000", ".5", "on", "No", "Null",
]  # fmt: skip
KEYS = ["k%d", "key %d", "a/%d", "ü%d", '"q%d', "it's%d", "- %d", "x: %d", "'%d", "yes%d", "52:54:0%d"]


def made(chance, depth):
    kind = chance.randrange(3) if depth else 0
    if kind == 0:
        return chance.choice(SCALARS)
    if kind == 1:
        return [made(chance, depth - 1) for _ in range(chance.randrange(4))]
    return {chance.choice(KEYS) % index: made(chance, depth - 1) for index in range(chance.randrange(4))}


def dumped(chance):
    value = {"top": made(chance, 4)}
    if chance.random() < 0.3:
        shared = made(chance, 2)
        value["shared"] = [shared, shared, {"again": shared}]
    return yaml.safe_dump(
        value,
        default_flow_style=chance.choice([None, True, False]),
        width=chance.choice([20, 40, 80, 1000]),
        indent=chance.choice([2, 4, 8]),
        allow_unicode=chance.choice([True, False]),
        default_style=chance.choice([None, None, None, '"', "'"]),
        explicit_start=chance.choice([True, False]),
        explicit_end=chance.choice([True, False]),
    )


asked = json.load(sys.stdin)
chance = random.Random(asked["seed"])
texts = asked["texts"] + [dumped(chance) for _ in range(asked["dumps"])]
json.dump([{"text": text, "rows": read(text)} for text in texts], sys.stdout)
