"""An Artifactory in memory, licensed or free, as far as a mirror needs one."""
