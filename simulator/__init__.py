"""A town's doorbells, simulated. Talks to a portal only by the device contract; never imports the portal."""
