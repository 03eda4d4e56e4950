import {
  to = quay_proxy_cache.docker_hub
  id = "example-docker-hub"
}
