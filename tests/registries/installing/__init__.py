"""Installing Harbor. The template is Harbor's own (v2.15.2, Apache-2.0), byte for byte."""
