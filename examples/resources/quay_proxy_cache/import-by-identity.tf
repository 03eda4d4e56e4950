import {
  to = quay_proxy_cache.docker_hub
  identity = {
    orgname = "example-docker-hub"
  }
}
