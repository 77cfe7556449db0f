"""Pictures on the screen: viewers, cine, measurements, what is drawn on a frame."""
