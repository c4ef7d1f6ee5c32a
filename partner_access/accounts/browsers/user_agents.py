"""Names a browser in words that its owner recognises, from the User-Agent that it sent. Pure."""

from __future__ import annotations

UNKNOWN = "an unknown browser"

# The first that occurs is it: Edge and Opera call themselves Chrome as well, and Chrome calls itself Safari.
_BROWSERS = {
    "Edg/": "Edge", "EdgA/": "Edge", "EdgiOS/": "Edge", "OPR/": "Opera", "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox", "FxiOS/": "Firefox", "CriOS/": "Chrome", "Chrome/": "Chrome", "Safari/": "Safari",
}  # fmt: skip
_SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "CrOS": "Chromebook",
    "Macintosh": "Mac", "Linux": "Linux",
}  # fmt: skip


def describe(user_agent: str) -> str:
    """Such as "Firefox on Windows". Nothing of what was sent is repeated: it also goes into mails to strangers."""
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or (f"a browser on {system}" if system else UNKNOWN)


def _first(names: dict[str, str], user_agent: str) -> str:
    return next((name for sign, name in names.items() if sign in user_agent), "")
