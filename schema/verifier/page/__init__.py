"""The verifier that runs in a browser: its sources, and the one file that they are made into."""
