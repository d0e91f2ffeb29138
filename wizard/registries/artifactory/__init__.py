"""Artifactory and JCR: provisioned with a licence, adopted and looked at without one."""
