"""Checks a ledger file by itself: python3 check_ledger.py FILE.csv [the hash of a line, from a statement]"""

import csv
import hashlib
import json
import sys

SEALED = ["seq", "reverses", "reason", "pending", "active", "managed", "pending_after", "active_after", "managed_after"]
CELLS = ["line", "undoes line", "reason code", "pending", "active", "managed",
         "pending balance", "active balance", "managed balance"]  # fmt: skip


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def a_labels(website):
    return ".".join(x if x.isascii() else "xn--" + x.encode("punycode").decode() for x in website.split("."))


def faults(path, kept=None):
    with open(path, encoding="utf-8-sig", newline="") as file:
        opening, *lines, closing = csv.DictReader(file)
    before = opening
    for row in lines:
        says, texts = json.loads(row["sealed"]), json.loads(row["texts"] or "{}").get("texts")
        if sha256(row["sealed"]) != row["hash"] or says["previous_hash"] != (before["hash"] or "0" * 64):
            yield f"line {row['line']}: it was changed, or does not follow the line before it"
        if [str(says.get(name, "")) for name in SEALED] != [row[name] for name in CELLS]:
            yield f"line {row['line']}: its numbers or its reason are not what was sealed"
        told = {"company": row["client"].lstrip("'"), "site": a_labels(row["website"])}
        if texts and (
            sha256(row["texts"]) != says["texts"] or texts | {"company": texts["company"].lstrip("'")} != told
        ):
            yield f"line {row['line']}: its client or its website is not what was sealed"
        if any(int(before[name]) + int(row[name.split()[0]]) != int(row[name]) for name in CELLS[6:]):
            yield f"line {row['line']}: its balances do not follow"
        before = row
    if [closing[name] for name in [*CELLS[6:], "hash"]] != [before[name] for name in [*CELLS[6:], "hash"]]:
        yield "lines are missing before the closing balance"
    if kept and kept not in [row["hash"] for row in [opening, *lines]]:
        yield "the hash that you gave is not in this file: lines are missing, or were written anew"


found = list(faults(*sys.argv[1:3]))
print("\n".join(found) or "all right")
sys.exit(bool(found))
