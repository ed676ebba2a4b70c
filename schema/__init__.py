"""Every agreement between two parties of Ottempera, and nothing else."""
