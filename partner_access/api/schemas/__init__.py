"""The forms of what the API takes and gives: the models that check a body are those that describe it."""
