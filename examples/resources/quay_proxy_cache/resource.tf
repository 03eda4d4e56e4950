terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

resource "quay_organization" "docker_hub" {
  name = "example-docker-hub"
}

resource "quay_proxy_cache" "docker_hub" {
  orgname           = quay_organization.docker_hub.name
  upstream_registry = "docker.io"
}

# A registry that wants a password. It goes to Quay and is stored nowhere else.
resource "quay_organization" "vendor" {
  name = "example-vendor"
}

resource "quay_proxy_cache" "vendor" {
  orgname                               = quay_organization.vendor.name
  upstream_registry                     = "registry.example.com/vendor"
  upstream_registry_username            = "puller"
  upstream_registry_password_wo         = var.vendor_password
  upstream_registry_password_wo_version = 1
  expiration_s                          = 3600
}

variable "vendor_password" {
  type      = string
  sensitive = true
  ephemeral = true
}
