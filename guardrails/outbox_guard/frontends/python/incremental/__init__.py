"""An edited file, of which only that is followed anew which the edit can reach."""
