"""What pages say of credit: why it counts, whether it will, where it is."""
