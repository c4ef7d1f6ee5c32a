"""Knows what people paste where a list is asked for: bullets, numbers, columns, names around an address. Pure."""

from __future__ import annotations

import re

_BULLET = re.compile(r"^\s*(?:(?:[-*+•‣◦▪▫–—·●○■□➢➤✓✔☐☑]|\(?\d{1,3}[.):]|\[[ xX]?\])(?:\s+|$)|[•‣◦▪●■✓✔]\s*)+")
_IN_BRACKETS = re.compile(r"<\s*([^<>]+?)\s*>")
_AROUND = " \t\"'<>()[]{}"


def addresses(text: str) -> list[str]:
    """The e-mail addresses of a paste, each without what stands around it: `Ana <a@b.example>`, `1. a@b.example`.

    What holds none stays as it is, for its reader to be told so: nothing is dropped but names, bullets and numbers.
    """
    return [part for line in text.splitlines() for part in _addresses(_BULLET.sub("", line))]


def one_address(text: str) -> str:
    """The address in a field for one; the text itself where it holds none or several."""
    if "<" not in text and not text.strip().lower().startswith("mailto:"):
        return text
    found = addresses(text)
    return found[0] if len(found) == 1 else text


def _addresses(line: str) -> list[str]:
    parts = [part.strip() for part in re.split(r"[,;|\t]", line)]
    has_columns = "\t" in line or "|" in line
    found = []
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        bracketed, words = [inside for inside in _IN_BRACKETS.findall(part) if "@" in inside], part.split()
        if bracketed or (words and all("@" in word for word in words)):
            found += [_bare(word) for word in bracketed or words]
        elif "@" in part:
            found.append(part)  # "ana example@…" may be a slip for ana.example@…: no other mailbox is guessed
        elif part and not has_columns and not _is_name_before(part, following):
            found.append(part)
    return found or ([line.strip()] if line.strip(" ,;") else [])


def _is_name_before(part: str, following: str) -> bool:
    """Whether this is the first half of `"Example, Ana" <a@b.example>`."""
    return "@" not in part and ('"' in part or "<" in following) and "@" in following


def _bare(word: str) -> str:
    word = word.strip(_AROUND).rstrip(".:")
    if word.lower().startswith("mailto:"):
        word = word[len("mailto:") :].partition("?")[0]
    return word


def websites(text: str) -> list[str]:
    """The websites or ids of a paste, one a line, each once; a line of nothing but websites may hold several.

    Of a line with columns or a name around it, what looks like a website is taken; where nothing does, all of it.
    """
    return list(dict.fromkeys(part for line in text.splitlines() for part in _websites(_BULLET.sub("", line))))


def _websites(line: str) -> list[str]:
    line = line.strip()
    bracketed = [inside for inside in _IN_BRACKETS.findall(line) if _looks_like_site(inside)]
    if bracketed:
        return bracketed
    parts = [part.strip() for part in re.split(r"[\t,;]", line) if part.strip()]
    sites = [part for part in parts if _looks_like_site(part)]
    if sites and (len(sites) == len(parts) or "\t" in line):
        return sites
    return [line] if line else []


def _looks_like_site(text: str) -> bool:
    return "." in text.strip(".") and "@" not in text and not any(letter.isspace() for letter in text)
