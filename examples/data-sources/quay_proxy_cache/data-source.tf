terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

data "quay_proxy_cache" "docker_hub" {
  orgname = "example-docker-hub"
}

output "upstream" {
  value = data.quay_proxy_cache.docker_hub.upstream_registry
}
