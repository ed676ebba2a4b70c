"""The program that measures: it asks what a plan says and records what it sent and received; it holds no opinion."""
