terraform {
  required_version = ">= 1.14"
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

action "quay_validate_proxy_cache" "docker_hub" {
  config {
    orgname           = "example-docker-hub"
    upstream_registry = "docker.io"
  }
}

# It runs as soon as the organization is there, or at any time with:
# terraform apply -invoke=action.quay_validate_proxy_cache.docker_hub
resource "quay_organization" "docker_hub" {
  name = "example-docker-hub"

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.quay_validate_proxy_cache.docker_hub]
    }
  }
}
