"""Site keys and address keys: which texts are one website, one address, one domain. Pure."""
