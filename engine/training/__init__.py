"""Training a fusion model: cases in memory, augmentation, the loop, calibration, and the file that comes out."""
