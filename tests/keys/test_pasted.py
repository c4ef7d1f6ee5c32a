"""Lists as people paste them: by examples."""

from __future__ import annotations

import pytest

from partner_access.keys import pasted


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a@x.example, b@x.example; c@x.example", "a@x.example b@x.example c@x.example"),
        ("Ana Example <a@x.example>, Bo <b@x.example>", "a@x.example b@x.example"),
        ('"Example, Ana" <a@x.example>; Bo <mailto:b@x.example>', "a@x.example b@x.example"),
        ("Example, Ana <a@x.example>", "a@x.example"),
        ("• a@x.example\n- b@x.example\n1. c@x.example\n(2) d@x.example\n[x] e@x.example\n*\tf@x.example",
         "a@x.example b@x.example c@x.example d@x.example e@x.example f@x.example"),
        ("Ana\ta@x.example\tBerlin\nBo\tb@x.example", "a@x.example b@x.example"),
        ("Name\tE-mail", "Name\tE-mail"),
        ("  a@x.example b@x.example", "a@x.example b@x.example"),
        ("mailto:a@x.example?subject=Hi", "a@x.example"),
        ("'a@x.example'\n<b@x.example>.\n\n \n", "a@x.example b@x.example"),
        ("a@x.example, bob", "a@x.example bob"),
        ("a@x.example\r\nb@x.example\rc@x.example", "a@x.example b@x.example c@x.example"),
        ("ana example@x.example", "ana example@x.example"),
        ("7up@x.example", "7up@x.example"),
        ("-dash@x.example", "-dash@x.example"),
    ],
)  # fmt: skip
def test_addresses_are_read_out_of_whatever_is_pasted(text: str, found: str) -> None:
    assert pasted.addresses(text) == ([found] if found == text else found.split(" "))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("one.example\n\n two.example \none.example", "one.example two.example"),
        ("1. one.example\n2) two.example\n• three.example", "one.example two.example three.example"),
        ("One Ltd\thttps://one.example/x\tBerlin", "https://one.example/x"),
        ("one.example, two.example;three.example", "one.example two.example three.example"),
        ("one.example, two.example", "one.example two.example"),
        ("One <https://one.example>", "https://one.example"),
        ("c-1001", "c-1001"),
        ("1.example", "1.example"),
        ("One, Two and Sons", "One, Two and Sons"),
    ],
)
def test_websites_and_ids_are_read_out_of_whatever_is_pasted(text: str, found: str) -> None:
    whole = found == text.strip() and " " in found
    assert pasted.websites(text) == ([found] if whole else found.split(" "))


def test_one_field_takes_the_address_out_of_what_stands_around_it() -> None:
    assert pasted.one_address("Ana Example <ana@x.example>") == "ana@x.example"
    assert pasted.one_address("a@x.example, b@x.example") == "a@x.example, b@x.example"
    assert pasted.one_address("") == ""
