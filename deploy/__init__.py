"""Every way to put the parts together and run them."""
