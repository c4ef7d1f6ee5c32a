"""What a token looks like, and what is none."""

from __future__ import annotations

import pytest

from partner_access.integrations import token_format
from partner_access.integrations.token_format import ORG, PROGRAMME, TOKEN


@pytest.mark.parametrize("prefix", [ORG, PROGRAMME])
def test_a_new_token_is_one_and_no_other_is_like_it(prefix):
    made = [token_format.new(prefix) for _ in range(50)]
    assert all(token_format.is_one(token) and token.startswith(prefix) for token in made)
    assert len(set(made)) == 50
    assert {len(token) for token in made} == {53}


@pytest.mark.parametrize("change", [lambda t: t[:-1] + "!", lambda t: t[:-1], lambda t: t + "0", lambda t: t.upper()])
def test_what_was_cut_or_mistyped_is_no_token(change):
    assert not token_format.is_one(change(token_format.new(ORG)))


def test_the_checksum_finds_every_single_letter_that_is_wrong():
    token = token_format.new(PROGRAMME)
    for place in range(4, len(token)):
        wrong = "0" if token[place] != "0" else "1"
        assert not token_format.is_one(token[:place] + wrong + token[place + 1 :])


def test_a_secret_scanner_finds_a_token_in_code():
    token = token_format.new(PROGRAMME)
    assert TOKEN.findall(f'client = Client("{token}")') == [token]


def test_a_list_shows_how_a_token_begins_and_no_more():
    token = token_format.new(ORG)
    assert token.startswith(token_format.beginning(token))
    assert len(token_format.beginning(token)) == 10
