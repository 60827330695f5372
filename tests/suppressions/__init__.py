"""What lets a finding pass: allow comments and the baseline."""
