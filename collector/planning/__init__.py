"""What is asked when: dockets, sweeps over long lists, and names that were just notified."""
