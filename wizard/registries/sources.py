"""Where what is said of products can be looked up, by names and addresses that are public.

`owner/name#n` is an issue or a pull request on GitHub, `owner/name, path` a file there.
"""

from __future__ import annotations

from typing import Final

HARBOR_DOCS: Final = "goharbor.io/docs"
"""Followed by a page, as it is called in the documentation of 2.15."""
PROXY_CACHE: Final = f"{HARBOR_DOCS}, administration/configure-proxy-cache"
HARBOR_SETTINGS: Final = f"{HARBOR_DOCS}, install-config/configure-yml-file"
HARBOR_NEEDS: Final = f"{HARBOR_DOCS}, install-config/installation-prereqs"
HARBOR_SCANNING: Final = f"{HARBOR_DOCS}, administration/vulnerability-scanning"
HARBOR_QUOTAS: Final = f"{HARBOR_DOCS}, administration/configure-project-quotas"
HARBOR_SIGNING: Final = f"{HARBOR_DOCS}, working-with-images/sign-images"

NEXUS_API: Final = "Nexus REST API 3.94, /service/rest/swagger.json"
NEXUS_DOCKER: Final = "https://help.sonatype.com/en/docker-registry.html"
NEXUS_NEEDS: Final = (
    "https://help.sonatype.com/en/sonatype-nexus-repository-system-requirements.html"
)
NEXUS_LIMITS: Final = "help.sonatype.com, release notes of Nexus Repository 3.87.0"
NEXUS_PRO: Final = "third-party lists of what Nexus Repository Pro adds"
NEXUS_ROLES: Final = "sonatype/nexus-public, NexusSecurityContributor.java"
NEXUS_EULA: Final = "microsoft/AzureTRE#4842"

JFROG_REST: Final = "https://jfrog.com/help/r/jfrog-rest-apis/create-repository"
JFROG_REMOTE: Final = "jfrog.com/help, Remote Docker Repositories"
JFROG_SECURITY: Final = "https://jfrog.com/help/r/jfrog-security-user-guide/products/curation"
JFROG_CLIENT: Final = "jfrog/jfrog-client-go"
JFROG_ANONYMOUS: Final = "jfrog.com/help, anonymous access to specific artifacts"
JFROG_STORAGE: Final = "https://jfrog.com/help/r/jfrog-rest-apis/get-storage-summary-info"
JFROG_SILENT: Final = "jfrog.com/help does not tell"
JFROG_HELP: Final = "jfrog.com/help"

NO_MIRROR_LOGIN: Final = "moby/moby#30880"
"""Docker sends no login to a mirror."""
CLIENT_CERTIFICATES: Final = "docs.docker.com/engine/security/certificates"
MEASURED: Final = "measured with clients"
