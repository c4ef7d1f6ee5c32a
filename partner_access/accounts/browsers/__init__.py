"""What a browser tells of itself, and whose it is: how people recognise their devices, and how we do."""
