from tests.house.world import unmarked


def test_every_text_of_acme_and_bolt_says_whose_it_is(world):
    found = unmarked(world)
    assert not found, "\n".join(found)
