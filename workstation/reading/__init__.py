"""Where a radiologist reads a case: plain models first, thin widgets over them."""
