"""Commands of whoever runs the portal: is it in order, can everything be proved."""
