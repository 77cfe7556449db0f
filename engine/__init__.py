"""Everything that knows medicine, DICOM or tensors. Usable alone as a library and from the command line."""

__version__ = "0.1.0"
