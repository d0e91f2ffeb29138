"""Artifactory and JCR: provisioned, or told to a person, on the practice one."""
