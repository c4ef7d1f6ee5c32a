"""How fast the portal is, and whether its pages stay as fast as an organization grows."""
