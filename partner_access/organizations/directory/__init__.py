"""Organizations themselves: how they are found, named and set up, and what staff decide about them."""
