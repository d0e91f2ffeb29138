"""The terminal wizard: Textual screens over `wizard.service`."""
