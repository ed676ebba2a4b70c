"""The collector's log over HTTP: checkpoints, proofs and lines out; cosignatures, enrolments and changes of key in."""
