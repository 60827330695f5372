"""The CI gate: workflows, their expressions and scripts."""
